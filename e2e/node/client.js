// Creates a bulk job and watches it to its end, with what reflection tells and nothing else.
// Usage: node client.js HOST:PORT SPREADSHEET. Writes one JSON line for the services, one for the bulk job, and one
// for each message of the watch.
import grpc from '@grpc/grpc-js';
import { listServices, load } from './reflection.js';

const [address, spreadsheet] = process.argv.slice(2);
const write = (value) => process.stdout.write(`${JSON.stringify(value)}\n`);

write({ services: await listServices(address) });

const { sheetreel } = await load(address, 'sheetreel.scheduler.v1.SchedulerService');
const scheduler = new sheetreel.scheduler.v1.SchedulerService(address, grpc.credentials.createInsecure());

const job = await new Promise((resolve, reject) => {
  scheduler.CreateBulkJob({
    parent: 'projects/default',
    bulk_job: {
      source: { google_sheet: { spreadsheet } },
      user: 'node',
      render_options: { resolution: 360, frame_rate: 12 },
    },
  }, { deadline: Date.now() + 10_000 }, (err, answer) => (err ? reject(err) : resolve(answer)));
});
write({ bulkJob: job.name });

await new Promise((resolve, reject) => {
  const watch = scheduler.WatchBulkJob({ name: job.name }, { deadline: Date.now() + 120_000 });
  watch.on('data', ({ bulk_job: now, events }) => write({ state: now?.state, events }));
  watch.on('error', reject);
  watch.on('end', resolve);
});
scheduler.close();
