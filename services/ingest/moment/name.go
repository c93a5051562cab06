package moment

import "strings"

// monthOf gives the number of a month by its name or its short form, in the languages of most sheets; 0 for another word.
func monthOf(word string) int {
	switch word {
	case "jan", "january", "januar", "jänner", "janvier", "janv", "enero", "ene", "janeiro", "gennaio", "gen", "januari", "styczeń", "stycznia":
		return 1
	case "feb", "february", "februar", "feber", "février", "févr", "fév", "febrero", "fevereiro", "fev", "febbraio", "februari", "luty", "lutego":
		return 2
	case "mar", "march", "märz", "mär", "mrz", "mars", "marzo", "março", "maart", "mrt", "marzec", "marca":
		return 3
	case "apr", "april", "avril", "avr", "abril", "abr", "aprile", "kwiecień", "kwietnia":
		return 4
	case "may", "mai", "mayo", "maio", "maggio", "mag", "mei", "maj", "maja":
		return 5
	case "jun", "june", "juni", "juin", "junio", "junho", "giugno", "giu", "czerwiec", "czerwca":
		return 6
	case "jul", "july", "juli", "juillet", "juil", "julio", "julho", "luglio", "lug", "lipiec", "lipca":
		return 7
	case "aug", "august", "août", "agosto", "ago", "augustus", "augusti", "sierpień", "sierpnia":
		return 8
	case "sep", "sept", "september", "septembre", "septiembre", "setembro", "set", "settembre", "wrzesień", "września":
		return 9
	case "oct", "october", "oktober", "okt", "octobre", "octubre", "outubro", "out", "ottobre", "ott", "październik", "października":
		return 10
	case "nov", "november", "novembre", "noviembre", "novembro", "listopad", "listopada":
		return 11
	case "dec", "december", "dezember", "dez", "décembre", "déc", "diciembre", "dic", "dezembro", "dicembre", "grudzień", "grudnia":
		return 12
	}
	return 0
}

// withoutWeekday takes the day of the week off the beginning of a date: it says nothing that the date does not.
func withoutWeekday(text string) string {
	word, rest, found := strings.Cut(text, " ")
	if !found || !isWeekday(strings.TrimRight(word, ".,")) {
		return text
	}
	return rest
}

func isWeekday(word string) bool {
	switch word {
	case "mon", "tue", "tues", "wed", "thu", "thur", "thurs", "fri", "sat", "sun",
		"monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday",
		"mo", "di", "mi", "do", "fr", "sa", "so",
		"montag", "dienstag", "mittwoch", "donnerstag", "freitag", "samstag", "sonnabend", "sonntag",
		"lundi", "mardi", "mercredi", "jeudi", "vendredi", "samedi", "dimanche",
		"lunes", "martes", "miércoles", "jueves", "viernes", "sábado", "domingo",
		"lunedì", "martedì", "mercoledì", "giovedì", "venerdì", "sabato", "domenica",
		"segunda", "terça", "quarta", "quinta", "sexta",
		"maandag", "dinsdag", "woensdag", "donderdag", "vrijdag", "zaterdag", "zondag":
		return true
	}
	return false
}
