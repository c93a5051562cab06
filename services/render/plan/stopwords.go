package plan

import "strings"

// stopWord tells whether a lower-case word only holds others together. For languages without a list, short words
// are taken for such by telling.
func stopWord(word, language string) bool {
	base, _, _ := strings.Cut(language, "-")
	return strings.Contains(stopWords(strings.ToLower(base)), " "+word+" ")
}

// stopWords are the most frequent function words of a language, each between spaces.
func stopWords(base string) string {
	switch base {
	case "en":
		return " a an the this that these those it its it's is are was were be been being am do does did don't doesn't" +
			" to of in on at by for from with into onto over under about as and or but so if then than because while when" +
			" where which who whom whose what why how i you he she we they me him her us them my your his our their there" +
			" here not no just only very too also still even ever can could will would should may might must have has had" +
			" get gets got let let's you're you'll we're i'm they're that's there's most some any all each every more much" +
			" many such own same up down out off again once one "
	case "de":
		return " der die das den dem des ein eine einen einem einer eines und oder aber doch denn dass daß wenn als wie wo" +
			" was wer ich du er sie es wir ihr mich dich sich uns euch mein dein sein unser ist sind war waren bin bist hat" +
			" haben hatte wird werden wurde kann können muss müssen soll sollte will zu zum zur im in an am auf aus bei mit" +
			" nach von vom vor für über unter um durch gegen ohne bis nicht kein keine nur auch noch schon so sehr mehr man" +
			" diese dieser dieses meist meiste meisten hier dort da dann nun mal ja nein "
	case "es":
		return " el la los las un una unos unas y o pero que qué si no es son era fue ser estar está están ha han he hay" +
			" de del a al en con por para sin sobre entre hasta desde como cómo cuando donde más muy ya también solo sólo" +
			" yo tú él ella nosotros ellos me te se le lo les nos su sus mi mis tu tus este esta estos estas eso esa todo" +
			" toda todos todas porque "
	case "fr":
		return " le la les un une des du de d l et ou mais donc car que qui quoi dont où si ne pas plus non est sont était" +
			" être avoir a ont ai au aux en dans sur sous avec sans pour par chez vers entre comme quand je tu il elle on" +
			" nous vous ils elles me te se lui leur leurs mon ma mes ton ta tes son sa ses notre votre ce cet cette ces" +
			" c'est très aussi tout tous toute toutes "
	case "pt":
		return " o a os as um uma uns umas e ou mas que se não é são era foi ser estar está estão há de do da dos das em no" +
			" na nos nas ao aos à às com por para sem sobre entre até desde como quando onde mais muito já também só eu tu" +
			" ele ela nós eles você vocês me te lhe seu sua seus suas meu minha este esta isso esse essa todo toda todos "
	case "it":
		return " il lo la i gli le un uno una e o ma che chi se non è sono era essere avere ha hanno di del della dei delle" +
			" a al alla ai in nel nella con per tra fra su sul da dal come quando dove più molto già anche solo io tu lui lei" +
			" noi voi loro mi ti si ci vi suo sua mio tuo questo questa quello tutto tutti "
	case "nl":
		return " de het een en of maar dat die dit deze als dan wat wie waar hoe is zijn was waren heeft hebben had wordt" +
			" worden kan kunnen moet zal van in op aan met voor naar bij uit over onder tot niet geen ook nog al zo zeer meer" +
			" ik je jij u hij zij ze we wij jullie mijn jouw ons hun er "
	case "hi":
		return " है हैं था थी थे हो और या लेकिन कि जो यह वह ये वे इस उस का की के को से में पर तक भी ही तो न नहीं एक अपने अपना" +
			" आप मैं हम क्या कैसे जब तब कर करें लिए साथ "
	case "ar":
		return " في من إلى على عن مع هذا هذه ذلك التي الذي أن إن كان كانت هو هي هم أنت أنا نحن ما لا لم لن قد كل أو ثم" +
			" بعد قبل بين عند حتى إذا كيف لماذا هل "
	case "ru":
		return " и в во не что он на я с со как а то все она так его но да ты к у же вы за бы по только её мне было вот от" +
			" меня ещё нет о из ему для мы их чем была или быть был если это эта этот когда даже "
	case "id", "ms":
		return " yang dan di ke dari untuk dengan ini itu pada adalah tidak akan atau juga sudah bisa ada saya kamu anda dia" +
			" kita kami mereka karena jika lebih sangat saja agar oleh "
	case "tr":
		return " ve bir bu şu o da de ki mi için ile ama çok daha en gibi kadar ne nasıl her şey ben sen biz siz onlar var" +
			" yok değil olan olarak "
	}
	return ""
}
