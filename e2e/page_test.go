package e2e

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
)

// browse opens a real browser that is closed with the test, and gives what its pages complained about.
func browse(t *testing.T, width, height int) (ctx context.Context, complaints func() []string) {
	t.Helper()
	ctx, stop := chromedp.NewExecAllocator(bounded(t), append(chromedp.DefaultExecAllocatorOptions[:],
		chromedp.ExecPath("/usr/bin/chromium"), chromedp.NoSandbox, chromedp.WindowSize(width, height),
		chromedp.Flag("disable-gpu", true), chromedp.Flag("disable-quic", true), chromedp.Flag("disable-component-update", true),
		chromedp.Flag("autoplay-policy", "no-user-gesture-required"),
	)...)
	t.Cleanup(stop)
	ctx, closeTab := chromedp.NewContext(ctx)
	t.Cleanup(closeTab)
	var mu sync.Mutex
	var all []string
	err := chromedp.Listen(ctx, func(event any) {
		mu.Lock()
		defer mu.Unlock()
		switch e := event.(type) {
		case *runtime.EventExceptionThrown:
			all = append(all, e.ExceptionDetails.Text)
		case *log.EventEntryAdded:
			if e.Entry.Level == "error" {
				all = append(all, e.Entry.Text+" "+e.Entry.URL)
			}
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	return ctx, func() []string {
		mu.Lock()
		defer mu.Unlock()
		return all
	}
}

// read runs one action of the browser and gives its value.
func read[T any](t *testing.T, ctx context.Context, a chromedp.Action[T]) T {
	t.Helper()
	value, err := chromedp.Run(ctx, a)
	if err != nil {
		t.Fatal(err)
	}
	return value
}

// TestPage makes a video as a person with a phone does: paste the sheet, start, watch it finish, play it in place.
func TestPage(t *testing.T) {
	s := allInOne(t, newSheet(t, short("a", "A short video"), idea{id: "b", script: "A row without a title."}))
	ctx, complaints := browse(t, 500, 844)
	err := chromedp.Do(ctx,
		chromedp.Navigate(s.http+"/"),
		chromedp.WaitVisible(chromedp.CSS(`form input`)),
		chromedp.SendKeys(chromedp.CSS(`form input`), spreadsheet),
		chromedp.Click(chromedp.CSS(`form button[type=submit]`)),
		chromedp.WaitVisible(chromedp.CSS(`article.row button.thumb`)), // the row has its poster: the video is done
		chromedp.Click(chromedp.CSS(`article.row button.thumb`)),
	)
	if err != nil {
		t.Fatal(err)
	}
	read(t, ctx, chromedp.Poll[bool](`document.querySelector("article.row video")?.currentTime > 0.2`))
	if dir := os.Getenv("SHEETREEL_TEST_PICTURES"); dir != "" {
		picture := read(t, ctx, chromedp.FullScreenshot(100))
		if err := os.WriteFile(filepath.Join(dir, "page.png"), picture, 0o600); err != nil {
			t.Error(err)
		}
	}
	if read(t, ctx, chromedp.Evaluate[bool](`document.documentElement.scrollWidth > window.innerWidth`)) {
		t.Error("the page is wider than its window")
	}
	if text := read(t, ctx, chromedp.Text(chromedp.CSS(`main`))); !strings.Contains(text, "B3") {
		t.Errorf("the page does not tell of the row without a title:\n%s", text)
	}
	if got := complaints(); len(got) > 0 {
		t.Errorf("the browser complains: %q", got)
	}
}
