// Makes the video of an idea: here a coloured card with ffmpeg, which stands for whatever you want to make it with.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';

const seconds = 4;

// render writes video.mp4 into a folder. It must end soon after signal does, with all programs that it started.
export async function render(job, options, folder, signal, progress) {
  progress({ stage: 'frames', percent: 10 });
  const size = options?.resolution || 720;
  const colour = job.idea?.style === 'bold' ? 'orangered' : 'teal';
  const video = path.join(folder, 'video.mp4');
  const ffmpeg = spawn('ffmpeg', [
    '-nostdin', '-hide_banner', '-loglevel', 'error', '-y',
    '-f', 'lavfi', '-i', `color=${colour}:size=${size}x${Math.round((size * 16) / 9 / 2) * 2}:rate=${options?.frame_rate || 30}:duration=${seconds}`,
    '-c:v', 'libx264', '-pix_fmt', 'yuv420p', '-movflags', '+faststart', video,
  ], { stdio: 'inherit', signal, killSignal: 'SIGKILL' });
  const [code] = await once(ffmpeg, 'close');
  if (code !== 0) throw new Error(`ffmpeg ended with ${code}`);
  progress({ stage: 'publish', percent: 97 });
  return { files: [{ name: 'video.mp4', contentType: 'video/mp4', path: video }], seconds };
}
