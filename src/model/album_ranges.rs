//! What a hand may write into the numbers of an album plan; a refused value is reported with its line.

use serde::{Deserialize, Deserializer, de::Error};

macro_rules! ranges {
    ($($name:ident: $low:literal to $high:literal $unit:literal;)+) => {
        $(pub(super) fn $name<'de, D: Deserializer<'de>>(deserializer: D) -> Result<f64, D::Error> {
            let value = f64::deserialize(deserializer)?;
            if ($low..=$high).contains(&value) {
                return Ok(value);
            }
            let name = stringify!($name).replace("_s", "");
            Err(D::Error::custom(format!(
                "{}: {} to {} {} are allowed, found {value}",
                name.replace("_db", ""), $low, $high, $unit
            )))
        })+
    };
}

ranges! {
    gain_db: -60.0 to 24.0 "dB";
    gap_s: 0.0 to 60.0 "s";
    crossfade_s: 0.0 to 60.0 "s";
    trim_s: 0.0 to 3600.0 "s";
    fade_s: 0.0 to 60.0 "s";
}
