//! The colours of the report, once for page, pictures and tests. A drawing names an ink and never a colour.
//!
//! Mix is ochre and master is blue everywhere: the pair stays apart for colour-blind readers and in grey,
//! and lines differ by dash as well.

/// Red, green, blue.
pub type Rgb = (u8, u8, u8);

/// A role that a colour plays.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub enum Ink {
    /// The page itself.
    Paper,
    /// Raised surfaces.
    Panel,
    /// Words that matter.
    Text,
    /// Words beside them.
    Muted,
    /// Grid lines and borders.
    Grid,
    /// Axes, and everything that must be seen but not read.
    Axis,
    /// The span of a profile.
    Band,
    /// The middle of a profile.
    Median,
    /// The file as it came.
    Mix,
    /// Areas of it.
    MixSoft,
    /// The file as it was written, or is proposed.
    Master,
    /// Areas of it.
    MasterSoft,
    /// What a delivery demands.
    Target,
    /// Unfit for its purpose.
    Fail,
    /// Worth a look.
    Warn,
    /// Good to know.
    Info,
    /// As it should be.
    Good,
    /// Behind the loud sections.
    Loud,
}

/// One ink in both themes.
pub struct InkColour {
    /// The role.
    pub ink: Ink,
    /// Name of the CSS variable, without dashes in front.
    pub name: &'static str,
    /// On light paper, and in print.
    pub light: Rgb,
    /// On dark paper.
    pub dark: Rgb,
}

const fn colour(ink: Ink, name: &'static str, light: u32, dark: u32) -> InkColour {
    InkColour { ink, name, light: rgb(light), dark: rgb(dark) }
}

const fn rgb(hex: u32) -> Rgb {
    let [_, red, green, blue] = hex.to_be_bytes();
    (red, green, blue)
}

/// All inks, in the order of [`Ink`].
pub static INKS: [InkColour; 18] = [
    colour(Ink::Paper, "paper", 0xFCFBF8, 0x14161A),
    colour(Ink::Panel, "panel", 0xF4F2EC, 0x1D2026),
    colour(Ink::Text, "text", 0x1B1D21, 0xEEECE7),
    colour(Ink::Muted, "muted", 0x5A5D64, 0xABAFB7),
    colour(Ink::Grid, "grid", 0xE2DFD7, 0x2E3239),
    colour(Ink::Axis, "axis", 0x87888A, 0x747982),
    colour(Ink::Band, "band", 0xDFE4E6, 0x2B333B),
    colour(Ink::Median, "median", 0x6C7680, 0x959EA9),
    colour(Ink::Mix, "mix", 0xB04E0C, 0xF0A35E),
    colour(Ink::MixSoft, "mix-soft", 0xF3DBC5, 0x4B3625),
    colour(Ink::Master, "master", 0x1C5ABB, 0x84B5FF),
    colour(Ink::MasterSoft, "master-soft", 0xCBDCF5, 0x233854),
    colour(Ink::Target, "target", 0x0C6653, 0x5FCBB1),
    colour(Ink::Fail, "fail", 0xB0201C, 0xFF8F85),
    colour(Ink::Warn, "warn", 0x855700, 0xE9BB50),
    colour(Ink::Info, "info", 0x485366, 0xAEB9CA),
    colour(Ink::Good, "good", 0x186637, 0x74CF91),
    colour(Ink::Loud, "loud", 0xF3EFE5, 0x1D2127),
];

/// Light or dark.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Theme {
    /// Paper.
    Light,
    /// Screen at night.
    Dark,
}

impl Ink {
    /// Its colour in a theme.
    pub fn rgb(self, theme: Theme) -> Rgb {
        let colour = &INKS[self as usize];
        match theme {
            Theme::Light => colour.light,
            Theme::Dark => colour.dark,
        }
    }

    /// Its CSS variable: `var(--mix)`.
    pub fn css(self) -> String {
        format!("var(--{})", INKS[self as usize].name)
    }
}

/// The CSS variables of a theme: `--paper:#fcfbf8;…`.
pub fn css_variables(theme: Theme) -> String {
    INKS.iter()
        .map(|colour| {
            let (red, green, blue) = colour.ink.rgb(theme);
            format!("--{}:#{red:02x}{green:02x}{blue:02x};", colour.name)
        })
        .collect()
}
