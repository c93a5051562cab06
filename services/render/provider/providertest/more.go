package providertest

import (
	"strings"
	"sync"

	"github.com/sheetreel/sheetreel/services/render/provider/fakehttp"
)

func few(w *world) {
	var all sync.WaitGroup
	for _, key := range []string{"a", "b", "c", "d", "e", "f"} {
		o := w.order(key)
		all.Go(func() {
			if _, err := w.driver.Do(w.t.Context(), o); err != nil {
				w.t.Error(err)
			}
		})
	}
	all.Wait()
	w.bought(6)
	if n := w.fake.Seen().MostOpen; n > 2 {
		w.t.Errorf("%d orders were open at once", n)
	}
}

// LongText has scripts of all directions, emoji, marks, quotes and 5,000 characters.
func LongText() string {
	text := "Çay içmek 🫖👩🏽‍🚀 — \"शक्ति\" מים קפה شاي \u202e茶\u202c <b>&amp;</b> {%} $(x) \\n '; DROP TABLE-- "
	return string([]rune(strings.Repeat(text, 5000/len([]rune(text))+1))[:5000])
}

func anyText(w *world) {
	o := w.order("a")
	o.Task = w.about.Long
	w.do(o)
	if got := w.about.Said(w.fake.Orders()[0]); got != LongText() {
		w.t.Errorf("ordered with %q", got)
	}
}

func secrets(w *world) {
	var said []string
	for i, t := range []fakehttp.Trouble{
		{LoseSubmits: 1},
		{RefuseSubmits: 1000, Code: 401},
		{RefuseSubmits: 1000, Code: 500},
		{RefusePolls: 1000, Code: 400},
		{ExpireURLs: 1000},
		{FailAt: 1, FailCode: "SAFETY.INPUT", FailForGood: true},
		{},
	} {
		w.fake.Misbehave(t)
		o := w.order(string(rune('a' + i)))
		if _, err := w.driver.Do(w.t.Context(), o); err != nil {
			said = append(said, err.Error())
		}
	}
	said = append(said, w.log.String())
	for _, text := range said {
		for _, secret := range []string{w.about.Secret, "signature=of"} {
			if strings.Contains(text, secret) {
				w.t.Errorf("%q tells a secret", text)
			}
		}
	}
	if len(said) < 5 {
		w.t.Errorf("too little went wrong: %q", said)
	}
	if seen := w.fake.Seen(); seen.Leaks > 0 || seen.Downloads == 0 {
		w.t.Errorf("%d of %d downloads showed the secret", seen.Leaks, seen.Downloads)
	}
}
