// usage: node render.mjs STORYBOARD SOUND OUT
// editly has no captions that follow the voice: it shows the headline alone.
import {readFileSync} from 'node:fs';
import editly from 'editly';

const [storyboard, sound, out] = process.argv.slice(2);
const {width, height, fps, scenes} = JSON.parse(readFileSync(storyboard, 'utf8'));
await editly({
	width, height, fps, outPath: out, audioFilePath: sound,
	defaults: {transition: {name: 'fade', duration: 0.4}},
	clips: scenes.map((s) => ({
		duration: s.duration,
		layers: [{type: 'linear-gradient', colors: ['#12061f', '#3a0f5e']}, {type: 'title', text: s.headline.replaceAll('*', ''), zoomDirection: 'in'}],
	})),
});
