// Drains the queue once with graphile-worker's fastest documented settings (its docs, "Performance"), and prints which
// jobs it did, and when it began and ended, in milliseconds since 1970.
import { Logger, runOnce } from "graphile-worker";

const numbers = [];
let first = 0;
const concurrentJobs = 24;

await runOnce({
  preset: {
    worker: {
      connectionString: process.env.DATABASE_URL,
      concurrentJobs,
      maxPoolSize: concurrentJobs + 1,
      localQueue: { size: 500, refetchDelay: { durationMs: 10 } },
      completeJobBatchDelay: 0,
      failJobBatchDelay: 0,
      logger: new Logger(() => () => {}),
    },
  },
  taskList: {
    video: (payload) => {
      first ||= Date.now();
      numbers.push(payload.n);
    },
  },
});
process.stdout.write(JSON.stringify({ first, last: Date.now(), numbers }));
