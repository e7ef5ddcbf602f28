//! The decoders of compressed packets: symphonia's own, and libopus where the build has it.

use std::sync::LazyLock;
use symphonia::core::codecs::registry::CodecRegistry;

/// Every decoder that this build has.
pub(super) fn all() -> &'static CodecRegistry {
    static ALL: LazyLock<CodecRegistry> = LazyLock::new(|| {
        let mut registry = CodecRegistry::new();
        symphonia::default::register_enabled_codecs(&mut registry);
        #[cfg(feature = "codecs")]
        registry.register_audio_decoder::<symphonia_adapter_libopus::OpusDecoder>();
        registry
    });
    &ALL
}
