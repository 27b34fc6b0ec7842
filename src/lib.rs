//! Per-request version overrides for Istio meshes, written for you.
//!
//! # The domain
//!
//! A request that carries `x-override: reviews:v2` takes *version* `v2` of the *Service* `reviews`, and the *default*
//! version of everything else, anywhere along a chain of Services. Several overrides may ride together. So a new
//! version is tried in its real context, without a second environment.
//!
//! Istio can do that: a `DestinationRule` gives each version of a host a name, a *subset*, and a `VirtualService` sends
//! requests to subsets by what they carry. Written by hand, these are wrong within a week: versions come and go. This
//! crate writes them, from the Services and workloads that are in the configuration anyway.
//!
//! Requests that ask for nothing may be split by weight over versions: a canary, with overrides above it. The policy says
//! so, or a `Workload` of launchpad's, which also says by which labels the versions are told apart.
//!
//! # Three promises
//!
//! 1. Baseline traffic never changes by surprise: a version nobody asked for receives none of it, and no route points
//!    at a subset without Pods.
//! 2. What was not touched comes back byte for byte, and nothing is lost on any error.
//! 3. The same input gives the same bytes, a second run changes nothing, and a version that went away takes its
//!    generated parts with it.
//!
//! # The way of the data
//!
//! ```text
//! bytes ─ krm ─► items ─ inventory ─► Inventory ─┐
//!                          config ─► Policy ─────┤
//!                                                ▼
//!                                              plan ─► Plan { changes, findings }
//!                                                │
//!               krm::splice ◄── istio (typed) ◄──┘
//!                    │
//!                    ▼
//!                  bytes
//! ```
//!
//! | Room | Holds |
//! |---|---|
//! | [`krm`] | objects in the bytes they came in: reading a field, changing a place |
//! | [`facts`] | which kinds make Pods, and which labels Pods get from others |
//! | [`inventory`] | what is there: Services, workloads, rules, as small typed structs |
//! | [`config`] | what the user wants: the policy, parsed and validated once |
//! | [`mod@plan`] | the heart, pure: versions, defaults, routes, and every judgement |
//! | [`istio`] | the resources that are emitted |
//! | [`value`] | what a user's rule says, as it is written |
//! | [`finding`] | what the user should know: code, severity, place, cure |
//! | [`transform`] | the whole way once, from bytes to bytes |
//! | `cluster` | a live cluster's objects as manifests, and the operator (feature `cluster`) |
//! | [`explain`] | what becomes of a request, read from the finished configuration: the check of `plan` |

#[cfg(feature = "cluster")]
pub mod cluster;
pub mod config;
pub mod explain;
pub mod facts;
pub mod finding;
pub mod inventory;
pub mod istio;
pub mod krm;
pub mod plan;
pub mod transform;
pub mod value;
