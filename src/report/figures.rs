//! Figures: drawn once, kept as SVG and as PNG.
//!
//! Everything is drawn at twice the size at which it is shown, so that the picture of dots is fine
//! enough for print and the lines of the SVG fall where they belong.

mod axes;
mod classes;
mod confusion;
mod curves;
mod grid;
mod look;
mod reliability;

pub use classes::ClassF1;
pub use confusion::{ConfusionMatrix, MOST as MOST_DRAWN};
pub use curves::{Curve, Curves};
pub use grid::{Grid, GridPoint};
pub use look::{Look, Marker};
pub use reliability::{Calibration, Reliability};

use std::sync::OnceLock;

use anyhow::{Context as _, Result, anyhow};
use plotters::{coord::Shift, prelude::*, style::register_font};

use super::text::html as escape;

/// Drawn units a shown pixel.
const SCALE: u32 = 2;

static FONT: &[u8] = include_bytes!("../../assets/fonts/DejaVuSans-LatinSubset.ttf");

/// A finished figure.
#[derive(Clone, Debug)]
pub struct Figure {
    /// Name of its files.
    pub id: String,
    pub caption: String,
    /// Width and height in pixels as shown.
    pub size: (u32, u32),
    pub svg: String,
    pub png: Vec<u8>,
}

/// What a drawing may fail with.
type Drawn<DB> = Result<(), DrawingAreaErrorKind<<DB as DrawingBackend>::ErrorType>>;

/// An area of a drawing.
type Area<DB> = DrawingArea<DB, Shift>;

/// What is drawn on.
pub trait Paper: DrawingBackend {
    /// How much lower text must stand, as a share of its size, to be level with what it names.
    const LOWER: f64;
}

impl Paper for SVGBackend<'_> {
    const LOWER: f64 = 0.0;
}

impl Paper for BitMapBackend<'_> {
    const LOWER: f64 = 0.18;
}

/// Something that can be drawn.
pub trait Drawing {
    /// Width and height as shown, in pixels.
    fn size(&self) -> (u32, u32);

    /// Draw on a white area of twice that size.
    fn draw<DB: Paper>(&self, area: &Area<DB>) -> Drawn<DB>
    where
        DB::ErrorType: 'static;
}

impl Figure {
    /// Draw `drawing` in both forms.
    ///
    /// # Errors
    /// If it cannot be drawn.
    pub fn new(id: impl Into<String>, caption: impl Into<String>, drawing: &impl Drawing) -> Result<Self> {
        let (id, caption) = (id.into(), caption.into());
        register()?;
        let size = drawing.size();
        let drawn = (size.0 * SCALE, size.1 * SCALE);
        let doing = || format!("drawing the figure {id}");
        let svg = svg(drawing, drawn, size, &caption).with_context(doing)?;
        let png = png(drawing, drawn).with_context(doing)?;
        Ok(Self { id, caption, size, svg, png })
    }
}

/// Let the one font be found under the generic name that the SVG asks for.
fn register() -> Result<()> {
    static DONE: OnceLock<bool> = OnceLock::new();
    let done = DONE.get_or_init(|| register_font("sans-serif", FontStyle::Normal, FONT).is_ok());
    done.then_some(()).context("the embedded font cannot be read")
}

fn paint<DB: Paper>(drawing: &impl Drawing, backend: DB) -> Result<()>
where
    DB::ErrorType: 'static,
{
    let area = backend.into_drawing_area();
    let painted = area.fill(&WHITE).and_then(|()| drawing.draw(&area)).and_then(|()| area.present());
    painted.map_err(|error| anyhow!("{error}"))
}

fn svg(drawing: &impl Drawing, drawn: (u32, u32), size: (u32, u32), title: &str) -> Result<String> {
    let mut svg = String::new();
    paint(drawing, SVGBackend::with_string(&mut svg, drawn))?;
    let body = svg.split_once("<svg").and_then(|(_, rest)| rest.split_once('>')).map(|(_, body)| body);
    let body = body.context("the SVG has no root")?;
    Ok(format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{}\" height=\"{}\" viewBox=\"0 0 {} {}\" role=\"img\">\n\
         <title>{}</title>{body}\n",
        size.0,
        size.1,
        drawn.0,
        drawn.1,
        escape(title)
    ))
}

fn png(drawing: &impl Drawing, (width, height): (u32, u32)) -> Result<Vec<u8>> {
    let mut pixels = vec![0; width as usize * height as usize * 3];
    paint(drawing, BitMapBackend::with_buffer(&mut pixels, (width, height)))?;
    let mut bytes = Vec::new();
    let mut encoder = png::Encoder::new(&mut bytes, width, height);
    encoder.set_color(png::ColorType::Rgb);
    encoder.set_depth(png::BitDepth::Eight);
    // So that a word processor shows it at the size it was made for: 96 shown pixels an inch.
    let dots_a_metre = 96 * SCALE * 10_000 / 254;
    encoder.set_pixel_dims(Some(png::PixelDimensions {
        xppu: dots_a_metre,
        yppu: dots_a_metre,
        unit: png::Unit::Meter,
    }));
    let mut writer = encoder.write_header()?;
    writer.write_image_data(&pixels)?;
    writer.finish()?;
    Ok(bytes)
}
