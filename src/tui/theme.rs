//! How everything looks: colours, strokes and marks, in one place.
//!
//! The default hues are Okabe and Ito's, which people with any colour vision can tell apart. No meaning
//! rests on colour alone: curves differ in stroke, states in their mark, the best value is bold.

mod palette;

use ratatui::{
    style::{Modifier, Style},
    symbols::border,
};

use crate::config::{ColorDepth, Marks, Theme as Name, UiConfig};

use palette::{Hue, Palette};

/// Every style and mark that the dashboard uses.
#[derive(Clone, Copy, Debug)]
pub struct Theme {
    pub text: TextStyles,
    pub curve: CurveStyles,
    pub glyphs: Glyphs,
    /// What charts are drawn with.
    pub marks: Marks,
    depth: ColorDepth,
    pins: [Hue; 4],
    ramp: [Hue; 5],
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
    pub stopped: &'static str,
    /// A setting changed by hand.
    pub changed: &'static str,
    pub switched: &'static str,
    /// Samples of broken strokes.
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
    stopped: "■",
    changed: "◇",
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
    stopped: "S",
    changed: "C",
    switched: "M",
    dashed_line: "--",
    dotted_line: "::",
    delta: "d",
    minus: "-",
    spark: &["_", ".", "-", "=", "+", "*", "#"],
};

impl Theme {
    /// The theme that the settings ask for.
    #[must_use]
    pub fn of(ui: &UiConfig) -> Self {
        Self::named(ui.theme, ui.color, ui.marks)
    }

    /// The default palette in `depth` colours.
    #[must_use]
    pub fn new(depth: ColorDepth, marks: Marks) -> Self {
        Self::named(Name::Safe, depth, marks)
    }

    /// A palette in `depth` colours. [`ColorDepth::Auto`] is taken as true colour: what the terminal can
    /// show is for the caller to find out.
    #[must_use]
    pub fn named(name: Name, depth: ColorDepth, marks: Marks) -> Self {
        let hues = Palette::named(name);
        let fg = |hue: Hue| hue.color(depth).map_or_else(Style::new, |color| Style::new().fg(color));
        let plain = Style::new();
        let strong = plain.add_modifier(Modifier::BOLD);
        let colorless = depth == ColorDepth::None;
        let dim = if colorless { plain.add_modifier(Modifier::DIM) } else { fg(hues.dim) };
        let inverse = |hue: Hue| match (hues.ink.color(depth), hue.color(depth)) {
            (Some(ink), Some(back)) => Style::new().fg(ink).bg(back).add_modifier(Modifier::BOLD),
            _ => strong.add_modifier(Modifier::REVERSED),
        };
        Self {
            text: TextStyles {
                plain,
                strong,
                dim,
                border: if colorless { dim } else { fg(hues.border) },
                title: strong,
                accent: fg(hues.accent).add_modifier(Modifier::BOLD),
                chosen: inverse(hues.accent),
                good: fg(hues.good).add_modifier(Modifier::BOLD),
                warn: fg(hues.warn).add_modifier(Modifier::BOLD),
                bad: fg(hues.bad).add_modifier(Modifier::BOLD),
                badge: inverse(hues.warn),
            },
            curve: CurveStyles {
                steps: if colorless { dim } else { fg(hues.steps) },
                train: fg(hues.train),
                val: fg(hues.val),
                accuracy: fg(hues.accuracy),
                log_loss: fg(hues.log_loss),
                best: fg(hues.best).add_modifier(Modifier::BOLD),
                bar: fg(hues.accent),
            },
            glyphs: if marks == Marks::Ascii { ASCII } else { UNICODE },
            marks,
            depth,
            pins: hues.pins,
            ramp: hues.ramp,
        }
    }

    /// The style of the pinned run at `index`.
    #[must_use]
    pub fn pin(&self, index: usize) -> Style {
        let color = self.pins.get(index % self.pins.len()).and_then(|hue| hue.color(self.depth));
        color.map_or_else(Style::new, |color| Style::new().fg(color))
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
        // Errors are small shares: the square root spends more of the ramp on them.
        self.ramp(if share.is_finite() { share.clamp(0.0, 1.0).sqrt() } else { 0.0 })
    }

    /// The style at `part` (0 to 1) of the heat map's ramp; plain where nothing is coloured.
    #[must_use]
    pub fn ramp(&self, part: f64) -> Style {
        if self.is_colorless() {
            return self.text.plain;
        }
        let part = if part.is_finite() { part.clamp(0.0, 1.0) } else { 0.0 };
        let position = part * (self.ramp.len() - 1) as f64;
        let below = (position as usize).min(self.ramp.len() - 2);
        let (Some(low), Some(high)) = (self.ramp.get(below), self.ramp.get(below + 1)) else { return self.text.plain };
        let back = low.mix(*high, position - below as f64);
        let ink = back.ink();
        match (ink.color(self.depth), back.color(self.depth)) {
            (Some(ink), Some(back)) => Style::new().fg(ink).bg(back),
            _ => self.text.plain,
        }
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
}
