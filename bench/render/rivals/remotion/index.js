// The sample video as Remotion's users write it: backgrounds that zoom, an illustration that pops in, a headline whose
// lines rise, captions with the spoken word highlighted, crossfades of the backgrounds.
import React from 'react';
import {AbsoluteFill, Composition, Easing, interpolate, registerRoot, useCurrentFrame, useVideoConfig} from 'remotion';

const h = React.createElement;
const clamp = {extrapolateLeft: 'clamp', extrapolateRight: 'clamp'};

const Background = ({index, t, length}) => {
	const zoom = interpolate(t, [0, length], index % 2 ? [1.1, 1] : [1, 1.1], clamp);
	return h(AbsoluteFill, {
		style: {
			transform: `scale(${zoom})`, opacity: index === 0 ? 1 : interpolate(t, [0, 0.4], [0, 1], clamp),
			background: 'radial-gradient(circle at 80% 90%, #ff6b9a 0%, transparent 45%), radial-gradient(circle at 10% 60%, #7b2cbf 0%, transparent 50%), linear-gradient(#12061f, #3a0f5e)',
		},
	});
};

const Headline = ({text, t, unit}) => h('div', {
	style: {position: 'absolute', left: '10%', right: '10%', top: '17.5%', font: `900 ${104 * unit}px Inter`, lineHeight: 1.06, color: 'white', textShadow: '0 8px 18px rgba(0,0,0,.5)'},
}, text.split(' ').map((word, i) => h('span', {
	key: i, style: {
		display: 'inline-block', marginRight: '0.25em', color: word.startsWith('*') ? '#7cf5ff' : undefined,
		opacity: interpolate(t, [i * 0.06, i * 0.06 + 0.42], [0, 1], clamp),
		transform: `translateY(${interpolate(t, [i * 0.06, i * 0.06 + 0.42], [44 * unit, 0], {...clamp, easing: Easing.out(Easing.cubic)})}px)`,
	},
}, word.replaceAll('*', ''))));

const Hero = ({emoji, t, unit}) => h('div', {
	style: {
		position: 'absolute', left: 0, right: 0, top: '40%', textAlign: 'center', fontSize: 420 * unit, lineHeight: 1,
		transform: `scale(${interpolate(t, [0.1, 0.6], [0.55, 1], {...clamp, easing: Easing.out(Easing.back(1.4))})}) translateY(${10 * unit * Math.sin(t * 2)}px)`,
	},
}, emoji);

const Captions = ({words, t, unit}) => {
	const spoken = words.findLastIndex((w) => w.start <= t);
	const first = Math.max(0, Math.floor(spoken / 4) * 4);
	return h('div', {
		style: {position: 'absolute', left: '10%', right: '10%', top: '66%', textAlign: 'center', font: `800 ${72 * unit}px Inter`, color: 'white'},
	}, words.slice(first, first + 4).map((w, i) => h('span', {
		key: i, style: {
			display: 'inline-block', padding: `0 ${15 * unit}px`, borderRadius: 22 * unit,
			background: first + i === spoken ? '#7cf5ff' : 'transparent', color: first + i === spoken ? '#0e0c18' : 'white',
		},
	}, w.text)));
};

const Video = ({scenes}) => {
	const {fps, width} = useVideoConfig();
	const time = useCurrentFrame() / fps;
	const unit = width / 1080;
	const i = Math.max(0, scenes.findLastIndex((s) => s.start <= time + 1e-6));
	const scene = scenes[i];
	const t = time - scene.start;
	const before = i > 0 && t < 0.4 ? h(Background, {key: 'before', index: i - 1, t: scenes[i - 1].duration, length: scenes[i - 1].duration}) : null;
	return h(AbsoluteFill, {style: {overflow: 'hidden', backgroundColor: '#12061f'}}, before,
		h(Background, {index: i, t, length: scene.duration}),
		h('div', {style: {position: 'absolute', left: '10%', top: '10.2%', height: 6 * unit, width: `${80 * time / scenes.reduce((sum, s) => sum + s.duration, 0)}%`, background: 'white'}}),
		h(Headline, {text: scene.headline, t, unit}), h(Hero, {emoji: scene.emoji, t, unit}), h(Captions, {words: scene.words, t, unit}));
};

registerRoot(() => h(Composition, {
	id: 'video', component: Video, fps: 30, width: 1080, height: 1920, durationInFrames: 1, defaultProps: {scenes: []},
	calculateMetadata: ({props}) => ({fps: props.fps, width: props.width, height: props.height, durationInFrames: props.frames}),
}));
