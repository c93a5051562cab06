// A render worker for the provider `example`. Usage: node worker.js SCHEDULER BLOBS, the scheduler's address and the folder of
// finished files, which the gateway must see too. docs/workers.md explains each step.
import crypto from 'node:crypto';
import fs from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import grpc from '@grpc/grpc-js';
import { load } from './reflection.js';
import { render } from './render.js';

const [address = '127.0.0.1:9101', blobs = './sheetreel-data/blobs'] = process.argv.slice(2);
const worker = `example-${os.hostname().replace(/[^A-Za-z0-9._-]/g, '')}-${process.pid}`;
const provider = 'example';

const { sheetreel } = await load(address, 'sheetreel.scheduler.v1.LeaseService');
const leases = new sheetreel.scheduler.v1.LeaseService(address, grpc.credentials.createInsecure());

// call makes a call of the lease service.
const call = (method, request, timeout = 5_000) => new Promise((resolve, reject) => {
  leases[method](request, { deadline: Date.now() + timeout }, (err, answer) => (err ? reject(err) : resolve(answer)));
});

// report repeats a call while the scheduler is away. Its lease token makes all of them one and the same.
async function report(method, request) {
  for (let tries = 1; ; tries++) {
    try {
      return await call(method, request);
    } catch (err) {
      const away = [grpc.status.UNAVAILABLE, grpc.status.DEADLINE_EXCEEDED, grpc.status.ABORTED].includes(err.code);
      if (!away || tries === 20) throw err;
      await new Promise((resolve) => { setTimeout(resolve, 1_000); });
    }
  }
}

// milliseconds of a google.protobuf.Duration.
const milliseconds = (duration) => Number(duration?.seconds ?? 30) * 1_000;

// hold sends heartbeats for a lease each second, until stop is called. It aborts the attempt when the lease is lost, when the
// video job is cancelled, and when no answer has come for two thirds of the lease: then another worker may have it soon.
function hold(lease) {
  const abort = new AbortController();
  const held = { progress: { stage: 'plan', percent: 0 }, signal: abort.signal, publishing: false };
  let until = Date.now() + (milliseconds(lease.lease_duration) * 2) / 3;
  let busy = false;
  const timer = setInterval(async () => {
    if (Date.now() > until) abort.abort(new Error('no answer from the scheduler'));
    if (busy) return;
    busy = true;
    const sent = Date.now();
    try {
      const { leases: [status] } = await call('Heartbeat', { worker, leases: [{ lease_token: lease.lease_token, progress: held.progress }] });
      if (status.verdict === 'OK') until = sent + (milliseconds(status.lease_duration) * 2) / 3;
      else if (!held.publishing) abort.abort(new Error(status.verdict));
    } catch {
      // The next one follows soon.
    }
    busy = false;
  }, 1_000);
  held.stop = () => clearInterval(timer);
  return held;
}

// store copies a file to where the gateway finds it, below a name that only this lease has.
async function store(lease, file) {
  const fence = crypto.createHash('sha256').update(lease.lease_token).digest('hex').slice(0, 32);
  const key = `${lease.video_job.name}/${fence}/${file.name}`;
  const content = await fs.readFile(file.path);
  const target = path.join(blobs, key);
  await fs.mkdir(path.dirname(target), { recursive: true });
  await fs.writeFile(`${target}.part`, content);
  await fs.rename(`${target}.part`, target);
  return {
    file_name: file.name, content_type: file.contentType, size_bytes: content.length, blob_key: key,
    sha256: crypto.createHash('sha256').update(content).digest('hex'),
  };
}

// attempt makes one video and says how it ended.
async function attempt(lease) {
  const token = lease.lease_token;
  const held = hold(lease);
  const folder = await fs.mkdtemp(path.join(os.tmpdir(), 'example-worker-'));
  try {
    const made = await render(lease.video_job, lease.render_options, folder, held.signal, (p) => { held.progress = p; });
    const artifacts = await Promise.all(made.files.map((file) => store(lease, file)));
    held.signal.throwIfAborted();
    held.publishing = true; // from here on only the answer to this counts
    await report('CompleteVideoJob', {
      lease_token: token, artifacts, video_duration: { seconds: made.seconds },
      usage: [{ type: 'video_second', units: made.seconds }],
    });
    console.log(`${lease.video_job.name}: completed`);
  } catch (err) {
    console.log(`${lease.video_job.name}: ${held.signal.aborted ? held.signal.reason.message : err.message}`);
    if (held.signal.aborted || held.publishing) return; // it is not ours any more, or may be published
    if (stopping) await report('ReleaseVideoJob', { lease_token: token }); // costs no attempt
    else await report('FailVideoJob', { lease_token: token, failure_class: 'TRANSIENT', error: { code: 13, message: err.message } });
  } finally {
    held.stop();
    await fs.rm(folder, { recursive: true, force: true });
  }
}

let stopping = false;
for (const signal of ['SIGINT', 'SIGTERM']) {
  process.on(signal, () => { stopping = true; });
}

console.log(`${worker} makes videos of the provider ${provider}`);
while (!stopping) {
  try {
    const { leases: got } = await call('LeaseVideoJobs', { worker, max_count: 1, wait_duration: { seconds: 5 }, providers: [provider] }, 15_000);
    for (const lease of got) await attempt(lease);
  } catch (err) {
    console.log(`the scheduler gives no work: ${err.message}`);
    await new Promise((resolve) => { setTimeout(resolve, 2_000); });
  }
}
leases.close();
