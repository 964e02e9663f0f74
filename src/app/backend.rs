//! Draws frames in as few bytes as they need: the line to the terminal may be slow.
//!
//! A frame goes out whole, between the marks of a synchronised update, and where nothing has changed
//! nothing goes out. Of a style only what differs from the one before is told, and a gap within a row is
//! jumped over.

use std::io::{self, Write};

use crossterm::{
    cursor::{Hide, MoveTo, Show},
    queue,
    style::Print,
    terminal::{BeginSynchronizedUpdate, Clear, ClearType, EndSynchronizedUpdate},
};
use ratatui::{
    backend::{self, WindowSize},
    buffer::{Cell, CellWidth as _},
    layout::{Position, Size},
    style::{Color, Modifier},
};

/// A terminal that is written to through `W`.
#[derive(Debug)]
pub struct Backend<W> {
    line: W,
    /// What goes out next.
    frame: Vec<u8>,
    /// The frame has begun, and the terminal waits for its end.
    begun: bool,
    hidden: bool,
    sent: u64,
}

impl<W: Write> Backend<W> {
    pub fn new(line: W) -> Self {
        Self { line, frame: Vec::new(), begun: false, hidden: false, sent: 0 }
    }

    /// Bytes that went out so far.
    pub fn sent(&self) -> u64 {
        self.sent
    }

    fn begin(&mut self) -> io::Result<()> {
        if !std::mem::replace(&mut self.begun, true) {
            queue!(self.frame, BeginSynchronizedUpdate)?;
        }
        Ok(())
    }
}

/// For what is no part of a frame.
impl<W: Write> Write for Backend<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.frame.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.sent += self.frame.len() as u64;
        let written = self.line.write_all(&self.frame).and_then(|()| self.line.flush());
        self.frame.clear();
        written
    }
}

impl<W: Write> backend::Backend for Backend<W> {
    type Error = io::Error;

    fn draw<'a, I: Iterator<Item = (u16, u16, &'a Cell)>>(&mut self, content: I) -> io::Result<()> {
        let mut pen = Pen::default();
        let mut at = None;
        for (x, y, cell) in content {
            self.begin()?;
            match at {
                Some(Position { x: here, y: row }) if row == y && here == x => {}
                Some(Position { x: here, y: row }) if row == y && here + 1 == x => self.frame.extend(b"\x1b[C"),
                Some(Position { x: here, y: row }) if row == y && here < x => write!(self.frame, "\x1b[{}C", x - here)?,
                _ => queue!(self.frame, MoveTo(x, y))?,
            }
            pen.change(&mut self.frame, cell)?;
            self.frame.extend(cell.symbol().as_bytes());
            // Terminals do not agree on how wide the wide characters are.
            at = (cell.cell_width() == 1).then_some(Position { x: x + 1, y });
        }
        pen.lay_down(&mut self.frame);
        Ok(())
    }

    fn hide_cursor(&mut self) -> io::Result<()> {
        if std::mem::replace(&mut self.hidden, true) { Ok(()) } else { queue!(self.frame, Hide) }
    }

    fn show_cursor(&mut self) -> io::Result<()> {
        self.hidden = false;
        queue!(self.frame, Show)?;
        Write::flush(self)
    }

    /// The cursor is hidden, and where it stands tells nothing. The terminal would answer among the keys.
    fn get_cursor_position(&mut self) -> io::Result<Position> {
        Ok(Position::ORIGIN)
    }

    fn set_cursor_position<P: Into<Position>>(&mut self, position: P) -> io::Result<()> {
        let Position { x, y } = position.into();
        queue!(self.frame, MoveTo(x, y))
    }

    fn clear(&mut self) -> io::Result<()> {
        self.clear_region(backend::ClearType::All)
    }

    fn clear_region(&mut self, region: backend::ClearType) -> io::Result<()> {
        self.begin()?;
        let region = match region {
            backend::ClearType::All => ClearType::All,
            backend::ClearType::AfterCursor => ClearType::FromCursorDown,
            backend::ClearType::BeforeCursor => ClearType::FromCursorUp,
            backend::ClearType::CurrentLine => ClearType::CurrentLine,
            backend::ClearType::UntilNewLine => ClearType::UntilNewLine,
        };
        queue!(self.frame, Clear(region))
    }

    fn size(&self) -> io::Result<Size> {
        crossterm::terminal::size().map(Size::from)
    }

    fn window_size(&mut self) -> io::Result<WindowSize> {
        let size = crossterm::terminal::window_size()?;
        Ok(WindowSize { columns_rows: Size::new(size.columns, size.rows), pixels: Size::new(size.width, size.height) })
    }

    fn flush(&mut self) -> io::Result<()> {
        if std::mem::take(&mut self.begun) {
            queue!(self.frame, EndSynchronizedUpdate)?;
        }
        Write::flush(self)
    }
}

/// Modifiers and the numbers that begin and end them in a "select graphic rendition" sequence (ECMA-48,
/// 8.3.117).
const MODIFIERS: [(Modifier, u8, u8); 9] = [
    (Modifier::BOLD, 1, 22),
    (Modifier::DIM, 2, 22),
    (Modifier::ITALIC, 3, 23),
    (Modifier::UNDERLINED, 4, 24),
    (Modifier::SLOW_BLINK, 5, 25),
    (Modifier::RAPID_BLINK, 6, 25),
    (Modifier::REVERSED, 7, 27),
    (Modifier::HIDDEN, 8, 28),
    (Modifier::CROSSED_OUT, 9, 29),
];

/// Modifiers that one number ends.
const PAIRS: [Modifier; 2] = [Modifier::BOLD.union(Modifier::DIM), Modifier::SLOW_BLINK.union(Modifier::RAPID_BLINK)];

/// Modifiers that are seen where nothing is written.
const ON_BLANKS: Modifier = Modifier::UNDERLINED.union(Modifier::REVERSED).union(Modifier::CROSSED_OUT);

/// The style that the terminal writes in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Pen {
    ink: Color,
    ground: Color,
    modifier: Modifier,
}

impl Pen {
    /// Take up the style of `cell`, as far as it is seen.
    fn change(&mut self, frame: &mut Vec<u8>, cell: &Cell) -> io::Result<()> {
        let mut next = Self { ink: cell.fg, ground: cell.bg, modifier: cell.modifier };
        if cell.symbol() == " " && !(self.modifier | next.modifier).intersects(ON_BLANKS) {
            next = Self { ground: next.ground, ..*self };
        }
        if next == *self {
            return Ok(());
        }
        let mut codes = String::new();
        let lost = self.modifier - next.modifier;
        let with_lost = PAIRS.into_iter().filter(|pair| lost.intersects(*pair));
        let ended = with_lost.fold(lost, |ended, pair| ended | (pair & self.modifier));
        let kept = self.modifier - ended;
        let mut ends: Vec<_> = MODIFIERS.iter().filter(|known| ended.contains(known.0)).map(|known| known.2).collect();
        ends.dedup();
        for end in ends {
            codes += &end.to_string();
            codes.push(';');
        }
        for (modifier, begin, _) in MODIFIERS {
            if (next.modifier - kept).contains(modifier) {
                codes += &begin.to_string();
                codes.push(';');
            }
        }
        if next.ink != self.ink {
            codes.push_str(&colour(next.ink, 30));
        }
        if next.ground != self.ground {
            codes.push_str(&colour(next.ground, 40));
        }
        *self = next;
        queue!(frame, Print(format_args!("\x1b[{}m", codes.trim_end_matches(';'))))
    }

    fn lay_down(self, frame: &mut Vec<u8>) {
        if self != Self::default() {
            frame.extend(b"\x1b[m");
        }
    }
}

/// The codes of `color`, each with a semicolon after it; `base` is 30 for ink and 40 for the ground.
fn colour(color: Color, base: u8) -> String {
    let named = match color {
        Color::Reset => return format!("{};", base + 9),
        Color::Rgb(red, green, blue) => return format!("{};2;{red};{green};{blue};", base + 8),
        Color::Indexed(index) => return format!("{};5;{index};", base + 8),
        Color::Black => 0,
        Color::Red => 1,
        Color::Green => 2,
        Color::Yellow => 3,
        Color::Blue => 4,
        Color::Magenta => 5,
        Color::Cyan => 6,
        Color::Gray => 7,
        Color::DarkGray => 60,
        Color::LightRed => 61,
        Color::LightGreen => 62,
        Color::LightYellow => 63,
        Color::LightBlue => 64,
        Color::LightMagenta => 65,
        Color::LightCyan => 66,
        Color::White => 67,
    };
    format!("{};", base + named)
}

#[cfg(test)]
mod tests {
    use rand::{RngExt as _, SeedableRng as _, seq::IndexedRandom as _};
    use rand_xoshiro::Xoshiro256PlusPlus;
    use ratatui::{backend::Backend as _, buffer::Buffer, layout::Rect, style::Style};

    use super::*;

    const AREA: Rect = Rect { x: 0, y: 0, width: 30, height: 6 };

    /// The next picture: some of the cells of the one before are something else.
    fn repaint(buffer: &mut Buffer, rng: &mut Xoshiro256PlusPlus) {
        let colors = [Color::Reset, Color::Red, Color::White, Color::Indexed(99), Color::Rgb(1, 22, 203)];
        for _ in 0..rng.random_range(0..60) {
            let (x, y) = (rng.random_range(0..AREA.width), rng.random_range(0..AREA.height));
            let symbol = ["a", " ", "⣿", "█"].choose(rng).unwrap();
            let mut style = Style::new().fg(*colors.choose(rng).unwrap()).bg(*colors.choose(rng).unwrap());
            for modifier in [Modifier::BOLD, Modifier::ITALIC, Modifier::UNDERLINED, Modifier::REVERSED] {
                if rng.random_ratio(1, 3) {
                    style = style.add_modifier(modifier);
                }
            }
            buffer[(x, y)].reset();
            buffer.set_stringn(x, y, symbol, 2, style);
        }
    }

    fn shown(color: Color) -> vt100::Color {
        match color {
            Color::Red => vt100::Color::Idx(1),
            Color::White => vt100::Color::Idx(15),
            Color::Indexed(index) => vt100::Color::Idx(index),
            Color::Rgb(red, green, blue) => vt100::Color::Rgb(red, green, blue),
            _ => vt100::Color::Default,
        }
    }

    #[test]
    fn a_terminal_shows_every_frame_as_it_was_drawn() {
        let mut rng = Xoshiro256PlusPlus::seed_from_u64(5);
        let mut parser = vt100::Parser::new(AREA.height, AREA.width, 0);
        let mut backend = Backend::new(Vec::new());
        let mut before = Buffer::empty(AREA);
        for _ in 0..300 {
            let mut after = before.clone();
            repaint(&mut after, &mut rng);
            backend.draw(before.diff_iter(&after)).unwrap();
            backend::Backend::flush(&mut backend).unwrap();
            parser.process(&std::mem::take(&mut backend.line));
            for (x, y) in (0..AREA.height).flat_map(|y| (0..AREA.width).map(move |x| (x, y))) {
                let (cell, seen) = (&after[(x, y)], parser.screen().cell(y, x).unwrap());
                let contents = if seen.has_contents() { seen.contents() } else { " " };
                assert_eq!(contents, cell.symbol(), "at {x}, {y}");
                assert_eq!(seen.bgcolor(), shown(cell.bg), "at {x}, {y}");
                let (underlined, inverse) =
                    (cell.modifier.contains(Modifier::UNDERLINED), cell.modifier.contains(Modifier::REVERSED));
                assert_eq!((seen.underline(), seen.inverse()), (underlined, inverse), "at {x}, {y}");
                if cell.symbol() != " " || inverse {
                    assert_eq!(seen.fgcolor(), shown(cell.fg), "at {x}, {y}");
                }
                if cell.symbol() != " " {
                    let (bold, italic) =
                        (cell.modifier.contains(Modifier::BOLD), cell.modifier.contains(Modifier::ITALIC));
                    assert_eq!((seen.bold(), seen.italic()), (bold, italic), "at {x}, {y}");
                }
            }
            before = after;
        }
    }

    #[test]
    fn nothing_is_said_twice() {
        let mut backend = Backend::new(Vec::new());
        let mut picture = Buffer::empty(AREA);
        let style = Style::new().fg(Color::Red).bg(Color::Indexed(7));
        picture.set_string(2, 1, "ab", style);
        picture.set_string(5, 1, "c", style.fg(Color::Blue));
        backend.hide_cursor().unwrap();
        backend.draw(Buffer::empty(AREA).diff_iter(&picture)).unwrap();
        backend::Backend::flush(&mut backend).unwrap();
        let told = String::from_utf8(std::mem::take(&mut backend.line)).unwrap();
        let frame = "\x1b[2;3H\x1b[31;48;5;7mab\x1b[C\x1b[34mc\x1b[m";
        assert_eq!(told, format!("\x1b[?25l\x1b[?2026h{frame}\x1b[?2026l"));
        assert_eq!(backend.sent(), told.len() as u64);

        let mut wide = picture.clone();
        wide.set_string(2, 2, "機a", Style::new());
        backend.draw(picture.diff_iter(&wide)).unwrap();
        backend::Backend::flush(&mut backend).unwrap();
        let told = String::from_utf8(std::mem::take(&mut backend.line)).unwrap();
        let frame = "\x1b[3;3H機\x1b[3;5Ha";
        assert_eq!(told, format!("\x1b[?2026h{frame}\x1b[?2026l"), "how wide it is, terminals do not agree");

        backend.hide_cursor().unwrap();
        backend.draw(picture.diff_iter(&picture)).unwrap();
        backend::Backend::flush(&mut backend).unwrap();
        assert_eq!(backend.line, b"", "a frame like the one before costs nothing");
    }

    #[test]
    fn what_ends_together_with_another_begins_again() {
        let mut pen = Pen { modifier: Modifier::BOLD | Modifier::DIM, ..Pen::default() };
        let mut told = Vec::new();
        let mut cell = Cell::new("a");
        cell.modifier = Modifier::DIM;
        pen.change(&mut told, &cell).unwrap();
        assert_eq!(told, b"\x1b[22;2m");
    }
}
