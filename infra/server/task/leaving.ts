/**
 * How long a task may take to leave. ECS takes it out of the load balancer, waits for the deregistration delay, sends
 * SIGTERM, and kills it when `STOP_TIMEOUT` is over; the proxy is out before that.
 */
import { Duration } from 'aws-cdk-lib';

/** Fargate allows no more. */
export const STOP_TIMEOUT = Duration.seconds(120);
/**
 * Transactions under way go on meanwhile; new sessions go to other tasks. Longer than a load balancer was seen to send
 * new connections to a target that was taken out: about two minutes (aws/containers-roadmap#470).
 */
export const DEREGISTRATION_DELAY = Duration.seconds(180);
/** Given to the proxy for all that follows SIGTERM. */
export const DRAIN_SECONDS = 110;
/**
 * The first of these, in which it still takes new connections, while `GET /health` says 503. ECS does not always wait for the load
 * balancer (aws/containers-roadmap#576), and that sends connections for another 30 to 40 s to a target that turned
 * unhealthy (kubernetes-sigs/aws-load-balancer-controller#2366).
 */
export const ACCEPT_SECONDS = 40;
