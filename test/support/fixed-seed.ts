/**
 * Properties run on the same inputs each time, so that a run of the tests says something about the code and not about
 * luck; `npm run fuzz` looks for new inputs. `FAST_CHECK_SEED=… npm test` takes others.
 */
import { configureGlobal } from 'fast-check';

configureGlobal({ seed: Number(process.env.FAST_CHECK_SEED ?? 5321) });
