//! `prediction.csv`: every clip's predicted class and probabilities.

use anyhow::{Context, Result, ensure};
use csv::{QuoteStyle, WriterBuilder};

use crate::metrics::most_probable;

/// The text of `prediction.csv`: TAB separated, a header `aid, scene_pred, scene_label` and the class
/// names, one line a clip in the order of the ids, probabilities with three decimals.
///
/// `labels` are the true classes; `probabilities` is row-major, clips × classes.
///
/// # Errors
/// If the sizes do not fit together or a label is not one of the classes.
pub fn prediction_csv(ids: &[String], labels: &[usize], probabilities: &[f32], classes: &[String]) -> Result<String> {
    let predictions: Vec<usize> = probabilities.chunks_exact(classes.len().max(1)).map(most_probable).collect();
    write_csv(ids, Some(labels), &predictions, probabilities, classes)
}

/// The same for predictions that need not follow from the probabilities, and perhaps without the truth.
pub(super) fn write_csv(
    ids: &[String],
    labels: Option<&[usize]>,
    predictions: &[usize],
    probabilities: &[f32],
    classes: &[String],
) -> Result<String> {
    ensure!(!classes.is_empty(), "writing predictions: there are no classes");
    ensure!(
        ids.len() == predictions.len()
            && labels.is_none_or(|labels| labels.len() == ids.len())
            && ids.len().checked_mul(classes.len()) == Some(probabilities.len()),
        "writing predictions: {} ids, {} labels and {} probabilities do not make a table of {} classes",
        ids.len(),
        labels.map_or(0, <[usize]>::len),
        probabilities.len(),
        classes.len()
    );
    let mut clips: Vec<usize> = (0..ids.len()).collect();
    clips.sort_by_key(|&clip| ids.get(clip));

    // An id that holds a TAB or a quote is quoted, as pandas does and reads.
    let mut writer = WriterBuilder::new().delimiter(b'\t').quote_style(QuoteStyle::Necessary).from_writer(Vec::new());
    let head = ["aid", "scene_pred"].into_iter().chain(labels.map(|_| "scene_label"));
    writer.write_record(head.chain(classes.iter().map(String::as_str)))?;
    for clip in clips {
        let id = ids.get(clip).map_or("", String::as_str);
        let name = |class: &usize| classes.get(*class).with_context(|| format!("clip {id}: there is no class {class}"));
        writer.write_field(id)?;
        for class in [predictions.get(clip), labels.and_then(|labels| labels.get(clip))].into_iter().flatten() {
            writer.write_field(name(class)?)?;
        }
        for probability in probabilities.iter().skip(clip * classes.len()).take(classes.len()) {
            writer.write_field(format!("{probability:.3}"))?;
        }
        writer.write_record(None::<&[u8]>)?;
    }
    let bytes = writer.into_inner().context("writing predictions")?;
    String::from_utf8(bytes).context("writing predictions")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(names: &[&str]) -> Vec<String> {
        names.iter().map(|&name| name.to_owned()).collect()
    }

    fn table(ids: &[&str], labels: &[usize], probabilities: &[f32], classes: &[&str]) -> Result<String> {
        let (ids, classes) = (names(ids), names(classes));
        prediction_csv(&ids, labels, probabilities, &classes)
    }

    #[test]
    fn clips_stand_in_the_order_of_their_ids() {
        let text = table(
            &["tram-b-2", "bus-a-10", "bus-a-1"],
            &[1, 0, 0],
            &[0.25, 0.75, 0.9996, 0.0004, 0.3, 0.7],
            &["bus", "tram"],
        );
        assert_eq!(
            text.unwrap(),
            "aid\tscene_pred\tscene_label\tbus\ttram\n\
             bus-a-1\ttram\tbus\t0.300\t0.700\n\
             bus-a-10\tbus\tbus\t1.000\t0.000\n\
             tram-b-2\ttram\ttram\t0.250\t0.750\n"
        );
    }

    #[test]
    fn halves_round_as_in_python() {
        // '%.3f' % numpy.float32(x): to even where the binary value lies exactly halfway.
        let cases = [(0.0625, "0.062"), (0.1875, "0.188"), (0.0005, "0.001"), (0.0015, "0.002"), (0.9995, "0.999")];
        for (value, expected) in cases {
            let text = table(&["a"], &[0], &[value], &["x"]).unwrap();
            assert!(text.ends_with(&format!("\t{expected}\n")), "{value}: {text}");
        }
    }

    #[test]
    fn an_id_with_a_tab_stays_one_field() {
        let text = table(&["a\tb"], &[0], &[1.0], &["x"]).unwrap();
        let mut reader = csv::ReaderBuilder::new().delimiter(b'\t').from_reader(text.as_bytes());
        let record = reader.records().next().unwrap().unwrap();
        assert_eq!(record.iter().collect::<Vec<_>>(), ["a\tb", "x", "x", "1.000"]);
    }

    #[test]
    fn sizes_that_do_not_fit_are_refused() {
        assert!(table(&["a"], &[], &[1.0], &["x"]).is_err(), "a label is missing");
        assert!(table(&["a"], &[0], &[1.0], &["x", "y"]).is_err(), "a probability is missing");
        let error = table(&["a"], &[3], &[1.0], &["x"]).unwrap_err().to_string();
        assert_eq!(error, "clip a: there is no class 3");
        assert!(table(&["a"], &[0], &[], &[]).is_err(), "there are no classes");
        assert_eq!(table(&[], &[], &[], &["x"]).unwrap(), "aid\tscene_pred\tscene_label\tx\n");
    }
}
