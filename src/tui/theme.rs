//! How everything looks: colours, strokes and marks, in one place.
//!
//! The hues are Okabe and Ito's, which people with any colour vision can tell apart. No meaning rests
//! on colour alone: curves differ in stroke, states in their mark, the best value is bold.

use ratatui::{
    style::{Color, Modifier, Style},
    symbols::border,
};

use crate::config::{ColorDepth, Marks, UiConfig};

/// Every style and mark that the dashboard uses.
#[derive(Clone, Copy, Debug)]
pub struct Theme {
    pub text: TextStyles,
    pub curve: CurveStyles,
    pub glyphs: Glyphs,
    /// What charts are drawn with.
    pub marks: Marks,
    depth: ColorDepth,
}

/// Styles of text.
#[derive(Clone, Copy, Debug)]
pub struct TextStyles {
    pub plain: Style,
    pub strong: Style,
    pub dim: Style,
    pub border: Style,
    pub title: Style,
    pub accent: Style,
    /// The chosen tab, row or choice.
    pub chosen: Style,
    pub good: Style,
    pub warn: Style,
    pub bad: Style,
    /// A badge that must not be overlooked.
    pub badge: Style,
}

/// Styles of curves and bars.
#[derive(Clone, Copy, Debug)]
pub struct CurveStyles {
    pub steps: Style,
    pub train: Style,
    pub val: Style,
    pub accuracy: Style,
    pub log_loss: Style,
    pub best: Style,
    pub bar: Style,
}

/// Characters beyond letters and digits.
#[derive(Clone, Copy, Debug)]
pub struct Glyphs {
    pub border: border::Set<'static>,
    pub star: &'static str,
    pub live: &'static str,
    pub paused: &'static str,
    pub idle: &'static str,
    pub busy: &'static str,
    pub failed: &'static str,
    pub done: &'static str,
    pub nothing: &'static str,
    pub between: &'static str,
    pub arrow: &'static str,
    pub ellipsis: &'static str,
    pub chosen: (&'static str, &'static str),
    pub thin: &'static str,
    pub thick: &'static str,
    pub axis_y: &'static str,
    pub axis_x: &'static str,
    pub axis_corner: &'static str,
    pub tick_y: &'static str,
    pub tick_y_right: &'static str,
    pub tick_x: &'static str,
    /// Eighths of a bar's last cell, from an eighth to a full one; one entry where there are none.
    pub bar: &'static [&'static str],
    /// The same for quiet bars in a table.
    pub thin_bar: &'static [&'static str],
    pub bar_rest: &'static str,
    pub more_up: &'static str,
    pub more_down: &'static str,
    /// A run that actions are for.
    pub marked: &'static str,
    pub plus_minus: &'static str,
    /// Marks on charts: the cursor, a dotted line, a kept checkpoint, and what happened to the run.
    pub cursor: &'static str,
    pub dotted: &'static str,
    pub saved: &'static str,
    pub rate: &'static str,
    pub restarted: &'static str,
    pub switched: &'static str,
    /// Samples of the strokes of pinned runs.
    pub dashed_line: &'static str,
    pub dotted_line: &'static str,
    /// A difference.
    pub delta: &'static str,
    pub minus: &'static str,
    /// Heights of a sparkline, lowest first.
    pub spark: &'static [&'static str],
}

const UNICODE: Glyphs = Glyphs {
    border: border::ROUNDED,
    star: "★",
    live: "●",
    paused: "◐",
    idle: "○",
    busy: "◌",
    failed: "✗",
    done: "✔",
    nothing: "·",
    between: " · ",
    arrow: "→",
    ellipsis: "…",
    chosen: ("▸", "◂"),
    thin: "──",
    thick: "━━",
    axis_y: "│",
    axis_x: "─",
    axis_corner: "└",
    tick_y: "┤",
    tick_y_right: "├",
    tick_x: "┬",
    bar: &["▏", "▎", "▍", "▌", "▋", "▊", "▉", "█"],
    thin_bar: &["╸", "━"],
    bar_rest: "░",
    more_up: "▲",
    more_down: "▼",
    marked: "●",
    plus_minus: "±",
    cursor: "▾",
    dotted: "┊",
    saved: "▴",
    rate: "↓",
    restarted: "↻",
    switched: "⇄",
    dashed_line: "╍╍",
    dotted_line: "┈┈",
    delta: "Δ",
    minus: "−",
    spark: &["▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"],
};

const ASCII: Glyphs = Glyphs {
    border: border::Set {
        top_left: "+",
        top_right: "+",
        bottom_left: "+",
        bottom_right: "+",
        vertical_left: "|",
        vertical_right: "|",
        horizontal_top: "-",
        horizontal_bottom: "-",
    },
    star: "*",
    live: "@",
    paused: "=",
    idle: "o",
    busy: "~",
    failed: "x",
    done: "+",
    nothing: ".",
    between: " - ",
    arrow: "->",
    ellipsis: "~",
    chosen: (">", "<"),
    thin: "..",
    thick: "##",
    axis_y: "|",
    axis_x: "-",
    axis_corner: "+",
    tick_y: "+",
    tick_y_right: "+",
    tick_x: "+",
    bar: &["="],
    thin_bar: &["="],
    bar_rest: ".",
    more_up: "^",
    more_down: "v",
    marked: "x",
    plus_minus: "+-",
    cursor: "v",
    dotted: ":",
    saved: "^",
    rate: "L",
    restarted: "R",
    switched: "M",
    dashed_line: "--",
    dotted_line: "::",
    delta: "d",
    minus: "-",
    spark: &["_", ".", "-", "=", "+", "*", "#"],
};

/// A colour in true colour and its nearest of the 16 that every terminal names.
#[derive(Clone, Copy)]
struct Hue(u8, u8, u8, Color);

const SKY: Hue = Hue(86, 180, 233, Color::LightCyan);
const BLUE: Hue = Hue(58, 104, 140, Color::Blue);
const ORANGE: Hue = Hue(230, 159, 0, Color::Yellow);
const GREEN: Hue = Hue(0, 178, 132, Color::Green);
const PURPLE: Hue = Hue(204, 121, 167, Color::Magenta);
const VERMILLION: Hue = Hue(230, 100, 30, Color::LightRed);
const YELLOW: Hue = Hue(240, 228, 66, Color::LightYellow);
const GREY: Hue = Hue(128, 134, 148, Color::DarkGray);
const SLATE: Hue = Hue(78, 86, 104, Color::DarkGray);
const INK: Hue = Hue(16, 20, 28, Color::Black);
const PAPER: Hue = Hue(240, 242, 246, Color::White);

/// The heat map's ramp, dark to light, after cividis; even steps of lightness for every eye.
const RAMP: [Hue; 5] = [
    Hue(18, 38, 82, Color::Blue),
    Hue(62, 78, 108, Color::Blue),
    Hue(122, 122, 120, Color::Cyan),
    Hue(186, 170, 104, Color::Yellow),
    Hue(250, 226, 84, Color::LightYellow),
];

impl Theme {
    /// The theme that the settings ask for.
    #[must_use]
    pub fn of(ui: &UiConfig) -> Self {
        Self::new(ui.color, ui.marks)
    }

    /// A theme of `depth` colours. [`ColorDepth::Auto`] is taken as true colour: what the terminal can
    /// show is for the caller to find out.
    #[must_use]
    pub fn new(depth: ColorDepth, marks: Marks) -> Self {
        let fg = |hue: Hue| hue.color(depth).map_or_else(Style::new, |color| Style::new().fg(color));
        let plain = Style::new();
        let strong = plain.add_modifier(Modifier::BOLD);
        let colorless = depth == ColorDepth::None;
        let dim = if colorless { plain.add_modifier(Modifier::DIM) } else { fg(GREY) };
        let inverse = |hue: Hue| match (INK.color(depth), hue.color(depth)) {
            (Some(ink), Some(back)) => Style::new().fg(ink).bg(back).add_modifier(Modifier::BOLD),
            _ => strong.add_modifier(Modifier::REVERSED),
        };
        Self {
            text: TextStyles {
                plain,
                strong,
                dim,
                border: if colorless { dim } else { fg(SLATE) },
                title: strong,
                accent: fg(SKY).add_modifier(Modifier::BOLD),
                chosen: inverse(SKY),
                good: fg(GREEN).add_modifier(Modifier::BOLD),
                warn: fg(ORANGE).add_modifier(Modifier::BOLD),
                bad: fg(VERMILLION).add_modifier(Modifier::BOLD),
                badge: inverse(ORANGE),
            },
            curve: CurveStyles {
                steps: if colorless { dim } else { fg(BLUE) },
                train: fg(SKY),
                val: fg(ORANGE),
                accuracy: fg(GREEN),
                log_loss: fg(PURPLE),
                best: fg(YELLOW).add_modifier(Modifier::BOLD),
                bar: fg(SKY),
            },
            glyphs: if marks == Marks::Ascii { ASCII } else { UNICODE },
            marks,
            depth,
        }
    }

    /// The style of the pinned run at `index`.
    #[must_use]
    pub fn pin(&self, index: usize) -> Style {
        let styles = [self.curve.log_loss, self.curve.accuracy, self.curve.best, self.text.bad];
        let style = styles.get(index % styles.len()).copied().unwrap_or_default();
        style.remove_modifier(Modifier::BOLD)
    }

    /// The style of a difference: more than before, or less; `part` of the largest, -1 to 1. Less is told
    /// by its sign as well.
    #[must_use]
    pub fn change(&self, part: f64) -> Style {
        match part {
            part if part > 0.0 => self.curve.val,
            part if part < 0.0 => self.curve.train,
            _ => self.text.dim,
        }
    }

    /// True where nothing is drawn in colour.
    #[must_use]
    pub fn is_colorless(&self) -> bool {
        self.depth == ColorDepth::None
    }

    /// The style of a heat map's cell that holds `share` (0 to 1) of its row.
    #[must_use]
    pub fn heat(&self, share: f64) -> Style {
        if self.is_colorless() {
            return if share >= 0.5 { self.text.strong } else { self.text.plain };
        }
        let share = if share.is_finite() { share.clamp(0.0, 1.0) } else { 0.0 };
        // Errors are small shares: the square root spends more of the ramp on them.
        let position = share.sqrt() * (RAMP.len() - 1) as f64;
        let below = (position as usize).min(RAMP.len() - 2);
        let back = match (RAMP.get(below), RAMP.get(below + 1)) {
            (Some(low), Some(high)) => low.mix(*high, position - below as f64),
            _ => INK,
        };
        let ink = if back.is_light() { INK } else { PAPER };
        match (ink.color(self.depth), back.color(self.depth)) {
            (Some(ink), Some(back)) => Style::new().fg(ink).bg(back),
            _ => self.text.plain,
        }
    }
}

impl Hue {
    fn color(self, depth: ColorDepth) -> Option<Color> {
        let Self(red, green, blue, named) = self;
        match depth {
            ColorDepth::Auto | ColorDepth::TrueColor => Some(Color::Rgb(red, green, blue)),
            ColorDepth::Indexed => Some(Color::Indexed(cube(red, green, blue))),
            ColorDepth::Ansi => Some(named),
            ColorDepth::None => None,
        }
    }

    fn mix(self, other: Self, part: f64) -> Self {
        let channel = |from: u8, to: u8| (f64::from(from) + (f64::from(to) - f64::from(from)) * part).round() as u8;
        let named = if part < 0.5 { self.3 } else { other.3 };
        Self(channel(self.0, other.0), channel(self.1, other.1), channel(self.2, other.2), named)
    }

    /// True where dark text reads better on it than light text.
    fn is_light(self) -> bool {
        let luma = 0.299 * f64::from(self.0) + 0.587 * f64::from(self.1) + 0.114 * f64::from(self.2);
        luma > 115.0
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
    fn nothing_is_coloured_without_colour() {
        let theme = Theme::new(ColorDepth::None, Marks::Braille);
        let shares = [0.0, 0.3, 1.0, f64::NAN].map(|share| theme.heat(share));
        let styles = [
            theme.text.accent,
            theme.text.chosen,
            theme.text.badge,
            theme.text.bad,
            theme.curve.train,
            theme.curve.val,
            theme.curve.best,
        ];
        for style in styles.iter().chain(&shares) {
            assert_eq!((style.fg, style.bg), (None, None));
        }
    }

    #[test]
    fn true_colours_fall_to_the_nearest_of_256() {
        assert_eq!(cube(255, 0, 0), 196);
        assert_eq!(cube(128, 128, 128), 244);
        assert_eq!(cube(86, 180, 233), 74);
    }
}
