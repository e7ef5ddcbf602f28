//! What happens after delivery: playback levels on services, and what is left on small or odd devices.
//!
//! Reads documents only, so it runs on a saved analysis. Models are models: each names its source and what it leaves out.

mod chain;
mod devices;
mod findings;
mod platforms;
mod translation;

pub use chain::DeviceChain;
pub use devices::{DEVICES, Device, Filter};
pub use findings::{FINDINGS, FindingKind, explain, findings};
pub use platforms::{album_platforms, platforms, record_platforms};
pub use translation::translations;
