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
    colour(Ink::Paper, "paper", 0xFC_FB_F8, 0x14_16_1A),
    colour(Ink::Panel, "panel", 0xF4_F2_EC, 0x1D_20_26),
    colour(Ink::Text, "text", 0x1B_1D_21, 0xEE_EC_E7),
    colour(Ink::Muted, "muted", 0x5A_5D_64, 0xAB_AF_B7),
    colour(Ink::Grid, "grid", 0xE2_DF_D7, 0x2E_32_39),
    colour(Ink::Axis, "axis", 0x87_88_8A, 0x74_79_82),
    colour(Ink::Band, "band", 0xDF_E4_E6, 0x2B_33_3B),
    colour(Ink::Median, "median", 0x6C_76_80, 0x95_9E_A9),
    colour(Ink::Mix, "mix", 0xB0_4E_0C, 0xF0_A3_5E),
    colour(Ink::MixSoft, "mix-soft", 0xF3_DB_C5, 0x4B_36_25),
    colour(Ink::Master, "master", 0x1C_5A_BB, 0x84_B5_FF),
    colour(Ink::MasterSoft, "master-soft", 0xCB_DC_F5, 0x23_38_54),
    colour(Ink::Target, "target", 0x0C_66_53, 0x5F_CB_B1),
    colour(Ink::Fail, "fail", 0xB0_20_1C, 0xFF_8F_85),
    colour(Ink::Warn, "warn", 0x85_57_00, 0xE9_BB_50),
    colour(Ink::Info, "info", 0x48_53_66, 0xAE_B9_CA),
    colour(Ink::Good, "good", 0x18_66_37, 0x74_CF_91),
    colour(Ink::Loud, "loud", 0xF3_EF_E5, 0x1D_21_27),
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
