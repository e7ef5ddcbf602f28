//! Models of what people listen on: band limits, a few broad filters, and what becomes of the stereo image.
//!
//! Public measurements are few, so these are typical figures and not products. Everything is linear: no model
//! compresses, limits or distorts, and loudspeakers at full volume do all three.

/// One filter of a model.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Filter {
    /// Butterworth, fourth order: 24 dB per octave.
    HighPass {
        /// −3 dB.
        corner_hz: f64,
    },
    /// Butterworth, second order: 12 dB per octave.
    LowPass {
        /// −3 dB.
        corner_hz: f64,
    },
    /// Bell.
    Bell {
        /// Centre.
        center_hz: f64,
        /// Gain there.
        gain_db: f64,
        /// Quality.
        q: f64,
    },
    /// Shelf below a frequency.
    LowShelf {
        /// Half gain.
        center_hz: f64,
        /// Gain far below.
        gain_db: f64,
    },
    /// Shelf above a frequency.
    HighShelf {
        /// Half gain.
        center_hz: f64,
        /// Gain far above.
        gain_db: f64,
    },
}

/// A model of a kind of device.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Device {
    /// Short name: `phone`.
    pub name: &'static str,
    /// For people.
    pub title: &'static str,
    /// What both channels pass.
    pub filters: &'static [Filter],
    /// Level of the side signal as a share of its amplitude: 1 as it is, 0 mono.
    pub side_share: f64,
    /// What the side signal passes besides.
    pub side_filters: &'static [Filter],
    /// Where the figures come from.
    pub source: &'static str,
    /// What the model leaves out.
    pub limits: &'static str,
}

/// All models, smallest loudspeaker first.
pub static DEVICES: &[Device] = &[
    Device {
        name: "phone",
        title: "Phone speaker",
        filters: &[
            Filter::HighPass { corner_hz: 330.0 },
            Filter::Bell { center_hz: 2800.0, gain_db: 3.0, q: 1.0 },
            Filter::LowPass { corner_hz: 15_000.0 },
        ],
        side_share: 0.0,
        side_filters: &[],
        source: "micro-speaker data sheets (20 mm, resonance near 800 Hz; 57 mm, 450 Hz) and a measured phone playing 260 Hz to 20 kHz: -10 dB at 250 Hz, falling by 24 dB per octave, +3 dB from 2 to 4 kHz, mono",
        limits: "phones that play two sides or lift the bass by processing do better; none of them distorts in this model",
    },
    Device {
        name: "laptop",
        title: "Laptop",
        filters: &[Filter::HighPass { corner_hz: 250.0 }],
        side_share: 0.5,
        side_filters: &[],
        source: "published measurements of laptops: flat from 300 Hz (Dell), from 400 Hz (Framework), audible from 84 Hz (MacBook Pro); the middle of these, with the sides at half their level",
        limits: "the best laptops reach an octave and a half lower",
    },
    Device {
        name: "bluetooth",
        title: "Small Bluetooth speaker",
        filters: &[Filter::HighPass { corner_hz: 90.0 }],
        side_share: 0.0,
        side_filters: &[],
        source: "published measurements of small and smart speakers: 110 Hz to 20 kHz within 2 dB, many fall below 100 Hz; one box, so mono",
        limits: "their own compression, which makes loud bass quieter, is left out",
    },
    Device {
        name: "earbuds",
        title: "Earbuds",
        filters: &[Filter::LowShelf { center_hz: 100.0, gain_db: 6.0 }],
        side_share: 1.0,
        side_filters: &[],
        source: "the bass shelf of in-ear targets after Harman: +6 to +9 dB below 100 Hz; +6 dB here",
        limits: "a loose fit loses all of that shelf and more; the treble of single models is left out",
    },
    Device {
        name: "tv",
        title: "Television",
        filters: &[Filter::HighPass { corner_hz: 120.0 }],
        side_share: 0.7,
        side_filters: &[],
        source: "typical lower limits of flat sets of 80 to 150 Hz (unconfirmed by a table of measurements), sides at 70 %",
        limits: "sound modes and dialogue processing are left out",
    },
    Device {
        name: "car",
        title: "Car",
        filters: &[
            Filter::HighPass { corner_hz: 50.0 },
            Filter::Bell { center_hz: 80.0, gain_db: 6.0, q: 1.0 },
            Filter::Bell { center_hz: 500.0, gain_db: -2.0, q: 0.7 },
            Filter::HighShelf { center_hz: 8000.0, gain_db: -3.0 },
            Filter::LowPass { corner_hz: 12_000.0 },
        ],
        side_share: 1.0,
        side_filters: &[],
        source: "a common car preset: +6 dB at 80 Hz, -2 dB at 500 Hz, -3 dB at 8 kHz, 50 Hz to 12 kHz",
        limits: "road noise, which hides most below 200 Hz, and the lift of small cabins below 60 Hz are left out",
    },
    Device {
        name: "club",
        title: "Club system",
        filters: &[Filter::HighPass { corner_hz: 30.0 }],
        side_share: 1.0,
        side_filters: &[Filter::HighPass { corner_hz: 120.0 }],
        source: "controllers of public-address systems: subwoofers summed to mono below 80 to 120 Hz, protective high-pass at 30 Hz",
        limits: "the room, and the lift that most systems give to the bass, are left out",
    },
    Device {
        name: "mono",
        title: "Mono",
        filters: &[],
        side_share: 0.0,
        side_filters: &[],
        source: "half the sum of left and right, on everything that plays one channel",
        limits: "none: this is arithmetic",
    },
];
