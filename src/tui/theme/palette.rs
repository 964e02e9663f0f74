//! The palettes: which hue means what, and how a hue becomes a colour of the terminal.

use ratatui::style::Color;

use crate::config::{ColorDepth, Theme as Name};

/// A colour in true colour and its nearest of the 16 that every terminal names.
#[derive(Clone, Copy, Debug)]
pub struct Hue(pub u8, pub u8, pub u8, pub Color);

/// The hue of each meaning.
#[derive(Clone, Copy, Debug)]
pub struct Palette {
    pub accent: Hue,
    pub steps: Hue,
    pub train: Hue,
    pub val: Hue,
    pub accuracy: Hue,
    pub log_loss: Hue,
    pub best: Hue,
    pub good: Hue,
    pub warn: Hue,
    pub bad: Hue,
    pub dim: Hue,
    pub border: Hue,
    /// On the background of a chosen thing or a badge.
    pub ink: Hue,
    /// Of pinned runs, in turn: none of them is a hue of the shown run's curves.
    pub pins: [Hue; 4],
    /// The heat map's ramp, from the least to the most; even steps of lightness for every eye.
    pub ramp: [Hue; 5],
}

const INK: Hue = Hue(16, 20, 28, Color::Black);
const PAPER: Hue = Hue(250, 251, 253, Color::White);

/// Cividis, dark to light.
const RAMP: [Hue; 5] = [
    Hue(18, 38, 82, Color::Blue),
    Hue(62, 78, 108, Color::Blue),
    Hue(122, 122, 120, Color::Cyan),
    Hue(186, 170, 104, Color::Yellow),
    Hue(250, 226, 84, Color::LightYellow),
];

/// Okabe and Ito's hues, on a dark background.
const SAFE: Palette = Palette {
    accent: Hue(86, 180, 233, Color::LightCyan),
    steps: Hue(58, 104, 140, Color::Blue),
    train: Hue(86, 180, 233, Color::LightCyan),
    val: Hue(230, 159, 0, Color::Yellow),
    accuracy: Hue(0, 178, 132, Color::Green),
    log_loss: Hue(214, 116, 180, Color::Magenta),
    best: Hue(240, 228, 66, Color::LightYellow),
    good: Hue(0, 178, 132, Color::Green),
    warn: Hue(230, 159, 0, Color::Yellow),
    bad: Hue(230, 100, 30, Color::LightRed),
    dim: Hue(128, 134, 148, Color::DarkGray),
    border: Hue(78, 86, 104, Color::DarkGray),
    ink: INK,
    pins: [
        Hue(222, 226, 233, Color::White),
        Hue(146, 122, 255, Color::LightBlue),
        Hue(176, 232, 120, Color::LightGreen),
        Hue(255, 176, 160, Color::LightMagenta),
    ],
    ramp: RAMP,
};

const DARK: Palette = Palette {
    accent: Hue(122, 162, 247, Color::LightBlue),
    steps: Hue(61, 89, 161, Color::Blue),
    train: Hue(125, 207, 255, Color::LightCyan),
    val: Hue(255, 158, 100, Color::Yellow),
    accuracy: Hue(158, 206, 106, Color::Green),
    log_loss: Hue(187, 154, 247, Color::Magenta),
    best: Hue(255, 215, 110, Color::LightYellow),
    good: Hue(158, 206, 106, Color::Green),
    warn: Hue(224, 175, 104, Color::Yellow),
    bad: Hue(247, 118, 142, Color::LightRed),
    pins: [
        Hue(222, 226, 233, Color::White),
        Hue(94, 126, 250, Color::LightBlue),
        Hue(64, 200, 180, Color::Cyan),
        Hue(214, 120, 220, Color::LightMagenta),
    ],
    ..SAFE
};

/// Dark inks for a light background.
const LIGHT: Palette = Palette {
    accent: Hue(0, 92, 158, Color::Blue),
    steps: Hue(150, 186, 214, Color::Cyan),
    train: Hue(0, 114, 178, Color::Blue),
    val: Hue(178, 84, 0, Color::Red),
    accuracy: Hue(0, 120, 88, Color::Green),
    log_loss: Hue(154, 62, 118, Color::Magenta),
    best: Hue(150, 110, 0, Color::Yellow),
    good: Hue(0, 112, 82, Color::Green),
    warn: Hue(166, 86, 0, Color::Yellow),
    bad: Hue(186, 40, 10, Color::Red),
    dim: Hue(98, 104, 116, Color::DarkGray),
    border: Hue(160, 168, 180, Color::Gray),
    ink: PAPER,
    pins: [
        Hue(24, 28, 36, Color::Black),
        Hue(92, 60, 220, Color::LightBlue),
        Hue(96, 120, 0, Color::LightRed),
        Hue(212, 64, 170, Color::LightMagenta),
    ],
    // Light to dark: little is near the background here too.
    ramp: [
        Hue(226, 232, 242, Color::White),
        Hue(168, 192, 220, Color::Cyan),
        Hue(104, 148, 194, Color::Cyan),
        Hue(46, 100, 160, Color::Blue),
        Hue(8, 48, 107, Color::Blue),
    ],
};

/// Full brightness on black; nothing is quiet for its colour alone.
const CONTRAST: Palette = Palette {
    accent: Hue(0, 255, 255, Color::LightCyan),
    steps: Hue(120, 150, 255, Color::LightBlue),
    train: Hue(0, 255, 255, Color::LightCyan),
    val: Hue(255, 200, 0, Color::LightYellow),
    accuracy: Hue(0, 255, 128, Color::LightGreen),
    log_loss: Hue(255, 140, 255, Color::LightMagenta),
    best: Hue(255, 255, 0, Color::LightYellow),
    good: Hue(0, 255, 128, Color::LightGreen),
    warn: Hue(255, 200, 0, Color::LightYellow),
    bad: Hue(255, 110, 90, Color::LightRed),
    dim: Hue(204, 208, 216, Color::Gray),
    border: Hue(204, 208, 216, Color::Gray),
    ink: Hue(0, 0, 0, Color::Black),
    pins: [
        Hue(255, 255, 255, Color::White),
        Hue(196, 160, 255, Color::Magenta),
        Hue(190, 255, 140, Color::Green),
        Hue(255, 190, 180, Color::Red),
    ],
    ramp: RAMP,
};

impl Palette {
    pub fn named(name: Name) -> Self {
        match name {
            Name::Safe => SAFE,
            Name::Dark => DARK,
            Name::Light => LIGHT,
            Name::Contrast => CONTRAST,
        }
    }
}

impl Hue {
    pub fn color(self, depth: ColorDepth) -> Option<Color> {
        let Self(red, green, blue, named) = self;
        match depth {
            ColorDepth::Auto | ColorDepth::TrueColor => Some(Color::Rgb(red, green, blue)),
            ColorDepth::Indexed => Some(Color::Indexed(cube(red, green, blue))),
            ColorDepth::Ansi => Some(named),
            ColorDepth::None => None,
        }
    }

    pub fn mix(self, other: Self, part: f64) -> Self {
        let channel = |from: u8, to: u8| (f64::from(from) + (f64::from(to) - f64::from(from)) * part).round() as u8;
        let named = if part < 0.5 { self.3 } else { other.3 };
        Self(channel(self.0, other.0), channel(self.1, other.1), channel(self.2, other.2), named)
    }

    /// The ink that reads best on it.
    pub fn ink(self) -> Self {
        let luma = 0.299 * f64::from(self.0) + 0.587 * f64::from(self.1) + 0.114 * f64::from(self.2);
        if luma > 115.0 { INK } else { PAPER }
    }
}

/// The nearest colour of the 6 × 6 × 6 cube or the grey ramp of a 256-colour terminal.
fn cube(red: u8, green: u8, blue: u8) -> u8 {
    const LEVELS: [u8; 6] = [0, 95, 135, 175, 215, 255];
    let nearest = |value: u8| {
        let distances = LEVELS.iter().map(|level| level.abs_diff(value));
        distances
            .enumerate()
            .min_by_key(|&(_, distance)| distance)
            .map_or((0, 0), |(index, _)| (index as u8, LEVELS.get(index).copied().unwrap_or_default()))
    };
    let [(r, red_level), (g, green_level), (b, blue_level)] = [red, green, blue].map(nearest);
    let error = |r: u8, g: u8, b: u8| {
        [(r, red), (g, green), (b, blue)].iter().map(|&(a, b)| u32::from(a.abs_diff(b)).pow(2)).sum::<u32>()
    };
    let mean = (u32::from(red) + u32::from(green) + u32::from(blue)) / 3;
    let grey_index = (mean.saturating_sub(3) / 10).min(23) as u8;
    let grey = 8 + 10 * grey_index;
    if error(grey, grey, grey) < error(red_level, green_level, blue_level) {
        232 + grey_index
    } else {
        16 + 36 * r + 6 * g + b
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn true_colours_fall_to_the_nearest_of_256() {
        assert_eq!(cube(255, 0, 0), 196);
        assert_eq!(cube(128, 128, 128), 244);
        assert_eq!(cube(86, 180, 233), 74);
    }

    /// A channel of sRGB as an amount of light, 0 to 1.
    fn linear(channel: u8) -> f64 {
        let value = f64::from(channel) / 255.0;
        if value <= 0.040_45 { value / 12.92 } else { ((value + 0.055) / 1.055).powf(2.4) }
    }

    /// WCAG's relative luminance of a colour.
    fn luminance(Hue(red, green, blue, _): Hue) -> f64 {
        0.2126 * linear(red) + 0.7152 * linear(green) + 0.0722 * linear(blue)
    }

    fn contrast(one: Hue, other: Hue) -> f64 {
        let (one, other) = (luminance(one), luminance(other));
        (one.max(other) + 0.05) / (one.min(other) + 0.05)
    }

    #[test]
    fn text_can_be_read_on_the_background_it_is_for() {
        let (black, white) = (Hue(0, 0, 0, Color::Black), Hue(255, 255, 255, Color::White));
        for (name, background, least) in [
            (Name::Safe, black, 4.5),
            (Name::Dark, black, 4.5),
            (Name::Light, white, 4.5),
            (Name::Contrast, black, 7.0),
        ] {
            let palette = Palette::named(name);
            for hue in
                [palette.accent, palette.good, palette.warn, palette.bad, palette.dim, palette.train, palette.val]
            {
                let contrast = contrast(hue, background);
                assert!(contrast >= least, "{name:?} {hue:?} has a contrast of {contrast:.1}");
            }
            for chosen in [palette.accent, palette.warn] {
                assert!(contrast(palette.ink, chosen) >= 4.0, "{name:?} {chosen:?}");
            }
        }
    }

    /// How a hue is seen without one kind of cones, or with all (Machado, Oliveira and Fernandes, "A
    /// Physiologically-based Model for Simulation of Color Vision Deficiency", 2009, at full severity).
    const EYES: [(&str, [[f64; 3]; 3]); 4] = [
        ("all cones", [[1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]]),
        (
            "protanopia",
            [
                [0.152_286, 1.052_583, -0.204_868],
                [0.114_503, 0.786_281, 0.099_216],
                [-0.003_882, -0.048_116, 1.051_998],
            ],
        ),
        (
            "deuteranopia",
            [[0.367_322, 0.860_646, -0.227_968], [0.280_085, 0.672_501, 0.047_413], [-0.011_820, 0.042_940, 0.968_881]],
        ),
        (
            "tritanopia",
            [
                [1.255_528, -0.076_749, -0.178_779],
                [-0.078_411, 0.930_809, 0.147_602],
                [0.004_733, 0.691_367, 0.303_900],
            ],
        ),
    ];

    fn times(matrix: [[f64; 3]; 3], vector: [f64; 3]) -> [f64; 3] {
        matrix.map(|row| row.iter().zip(vector).map(|(a, b)| a * b).sum())
    }

    /// The hue in CIE L*a*b* (D65), as `eye` sees it.
    fn lab(Hue(red, green, blue, _): Hue, eye: [[f64; 3]; 3]) -> [f64; 3] {
        let seen = times(eye, [red, green, blue].map(linear)).map(|channel| channel.clamp(0.0, 1.0));
        let to_xyz =
            [[0.412_456, 0.357_576, 0.180_438], [0.212_673, 0.715_152, 0.072_175], [0.019_334, 0.119_192, 0.950_304]];
        let [x, y, z] = times(to_xyz, seen);
        let root = |part: f64| if part > 0.008_856 { part.cbrt() } else { 7.787 * part + 16.0 / 116.0 };
        let [x, y, z] = [root(x / 0.950_47), root(y), root(z / 1.088_83)];
        [116.0 * y - 16.0, 500.0 * (x - y), 200.0 * (y - z)]
    }

    /// How far apart two hues are: 2 can just be told apart side by side.
    fn distance(one: Hue, other: Hue, eye: [[f64; 3]; 3]) -> f64 {
        let (one, other) = (lab(one, eye), lab(other, eye));
        one.iter().zip(other).map(|(a, b)| (a - b).powi(2)).sum::<f64>().sqrt()
    }

    #[test]
    fn every_eye_tells_the_default_hues_apart() {
        let palette = Palette::named(Name::Safe);
        let pairs = [
            ("train and val", palette.train, palette.val),
            ("accuracy and log loss", palette.accuracy, palette.log_loss),
            ("good and bad", palette.good, palette.bad),
        ];
        for (eye, matrix) in EYES {
            for (what, one, other) in pairs {
                let apart = distance(one, other, matrix);
                assert!(apart >= 20.0, "{what} with {eye}: {apart:.1}");
            }
        }
    }

    #[test]
    fn pins_have_hues_of_their_own() {
        for name in Name::ALL {
            let palette = Palette::named(name);
            let own = [
                ("train", palette.train),
                ("val", palette.val),
                ("accuracy", palette.accuracy),
                ("log loss", palette.log_loss),
                ("best", palette.best),
                ("steps", palette.steps),
            ];
            for (at, pin) in palette.pins.into_iter().enumerate() {
                let others = palette.pins.into_iter().enumerate().filter(|(other, _)| *other != at);
                for (what, hue) in own.into_iter().chain(others.map(|(_, hue)| ("another pin", hue))) {
                    let apart = distance(pin, hue, EYES[0].1);
                    assert!(apart >= 20.0, "{name:?}: pin {at} and {what}: {apart:.1}");
                    for depth in [ColorDepth::Indexed, ColorDepth::Ansi] {
                        assert_ne!(pin.color(depth), hue.color(depth), "{name:?}: pin {at} and {what}");
                    }
                }
            }
        }
    }
}
