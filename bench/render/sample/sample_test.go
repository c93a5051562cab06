package sample

import "testing"

func TestStoryboard(t *testing.T) {
	for _, size := range []Size{Full(), Quick()} {
		sb, err := Storyboard(size, false)
		if err != nil {
			t.Fatal(err)
		}
		if len(sb.GetScenes()) != Scenes || sb.GetCanvas().GetWidth() != size.Width || sb.GetDuration().AsDuration() != Scenes*size.Scene {
			t.Errorf("%d scenes, %v wide, %v long", len(sb.GetScenes()), sb.GetCanvas().GetWidth(), sb.GetDuration().AsDuration())
		}
		if changed := Changed(sb); changed.GetScenes()[2].GetHeadline() == sb.GetScenes()[2].GetHeadline() {
			t.Error("nothing is changed")
		}
	}
	draft, err := Storyboard(Full(), true)
	if err != nil || draft.GetCanvas().GetWidth() != Full().Width/2 {
		t.Errorf("a draft %v wide, %v", draft.GetCanvas().GetWidth(), err)
	}
}
