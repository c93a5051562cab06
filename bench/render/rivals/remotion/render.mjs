// usage: node render.mjs STORYBOARD BROWSER SOUND OUT [FRAMES]
// SOUND is a file with the finished sound track, which is copied into the video.
import {execFileSync} from 'node:child_process';
import {readFileSync} from 'node:fs';
import {fileURLToPath} from 'node:url';
import {bundle} from '@remotion/bundler';
import {renderMedia, selectComposition} from '@remotion/renderer';

const [storyboard, browserExecutable, sound, out, frames] = process.argv.slice(2);
const inputProps = JSON.parse(readFileSync(storyboard, 'utf8'));
const start = Date.now();
const serveUrl = await bundle({entryPoint: fileURLToPath(new URL('index.js', import.meta.url))});
const chromeMode = browserExecutable.includes('headless-shell') ? 'headless-shell' : 'chrome-for-testing';
const composition = await selectComposition({serveUrl, id: 'video', inputProps, browserExecutable, chromeMode, logLevel: 'error'});
const ready = Date.now();
const silent = out.replace(/\.mp4$/, '-silent.mp4');
await renderMedia({
	composition, serveUrl, inputProps, browserExecutable, chromeMode, codec: 'h264', crf: 20, x264Preset: 'veryfast', concurrency: 2,
	outputLocation: silent, muted: true, logLevel: 'error', frameRange: frames ? [0, Number(frames) - 1] : null,
});
execFileSync('ffmpeg', ['-v', 'error', '-y', '-i', silent, '-i', sound, '-map', '0:v', '-map', '1:a', '-c', 'copy', '-shortest', '-movflags', '+faststart', out]);
console.log(JSON.stringify({name: 'remotion', note: `bundled after ${((ready - start) / 1000).toFixed(1)} s`, seconds: (ready - start) / 1000}));
process.exit(0);
