/**
 * How long a task may take to leave. ECS takes it out of the load balancer, waits for the deregistration delay, sends
 * SIGTERM, and kills it when `STOP_TIMEOUT` is over; the proxy is out before that.
 */
import { Duration } from 'aws-cdk-lib';

/** Fargate allows no more. */
export const STOP_TIMEOUT = Duration.seconds(120);
/** Transactions under way go on meanwhile; new sessions go to other tasks. */
export const DEREGISTRATION_DELAY = Duration.seconds(120);
/** Given to the proxy for what is still under way after SIGTERM. */
export const DRAIN_SECONDS = 110;
