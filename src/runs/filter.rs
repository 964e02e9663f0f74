//! The language that picks runs out of a list: `mode:late lr>=1e-4 acc>0.8 -tag:old`.
//!
//! A term is a field, an operator and a value, or a bare word that is looked for in the run's name, label,
//! mode, state and tags. Terms are joined by blanks and must all hold; `-` before one turns it round; a
//! value may be several, separated by commas, of which one must hold. Quotation marks hold blanks together.
//! `:` looks for text within text and compares numbers; `=` and `!=` compare the whole.

use std::fmt;

use super::{Field, Row, Value};

/// What runs must fulfil. An empty filter takes every run.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Filter {
    terms: Vec<Term>,
}

/// What is wrong with a filter, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// Characters before the fault.
    pub at: usize,
    pub what: String,
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "at character {}: {}", self.at + 1, self.what)
    }
}

#[derive(Clone, Debug, PartialEq)]
struct Term {
    negated: bool,
    test: Test,
}

#[derive(Clone, Debug, PartialEq)]
enum Test {
    /// In lower case.
    Word(String),
    /// A text field: any of these, in lower case.
    Text {
        field: Field,
        whole: bool,
        any: Vec<String>,
    },
    Number {
        field: Field,
        operator: Operator,
        any: Vec<f64>,
    },
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Operator {
    Is,
    IsNot,
    Less,
    AtMost,
    More,
    AtLeast,
}

/// The longer ones first.
const OPERATORS: [(&str, Operator); 8] = [
    ("<=", Operator::AtMost),
    (">=", Operator::AtLeast),
    ("!=", Operator::IsNot),
    ("==", Operator::Is),
    ("<", Operator::Less),
    (">", Operator::More),
    ("=", Operator::Is),
    (":", Operator::Is),
];

impl Filter {
    /// Read `text`.
    ///
    /// # Errors
    /// At the first term that means nothing, with its place.
    pub fn parse(text: &str) -> Result<Self, Fault> {
        let mut terms = Vec::new();
        for word in words(text)? {
            terms.push(term(&word)?);
        }
        Ok(Self { terms })
    }

    /// True where every run fulfils it.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.terms.is_empty()
    }

    /// True where `row` fulfils every term.
    #[must_use]
    pub fn matches(&self, row: &Row<'_>) -> bool {
        self.terms.iter().all(|term| term.test.holds(row) != term.negated)
    }
}

/// A stretch without blanks outside quotation marks.
struct Word {
    /// Characters before it.
    at: usize,
    /// Its characters without the quotation marks, each with its place and whether it was quoted.
    letters: Vec<(char, usize, bool)>,
}

fn words(text: &str) -> Result<Vec<Word>, Fault> {
    let mut words: Vec<Word> = Vec::new();
    let mut quote = None;
    let mut within = false;
    for (at, character) in text.chars().enumerate() {
        if quote.is_none() && character.is_whitespace() {
            within = false;
            continue;
        }
        if !within {
            words.push(Word { at, letters: Vec::new() });
            within = true;
        }
        match (quote, character) {
            (None, '"') => quote = Some(at),
            (Some(_), '"') => quote = None,
            _ => {
                if let Some(word) = words.last_mut() {
                    word.letters.push((character, at, quote.is_some()));
                }
            }
        }
    }
    match quote {
        Some(at) => Err(Fault { at, what: "this quotation mark is never closed".to_owned() }),
        None => Ok(words),
    }
}

fn term(word: &Word) -> Result<Term, Fault> {
    let negated = matches!(word.letters.first(), Some(('-', _, false))) && word.letters.len() > 1;
    let letters = word.letters.get(usize::from(negated)..).unwrap_or_default();
    let found = (0..letters.len()).find_map(|start| {
        let starts = |symbol: &str| {
            let here = letters.get(start..start + symbol.len()).unwrap_or_default();
            here.len() == symbol.len() && here.iter().zip(symbol.chars()).all(|((c, _, quoted), s)| *c == s && !quoted)
        };
        OPERATORS.into_iter().find(|(symbol, _)| starts(symbol)).map(|(symbol, operator)| (start, symbol, operator))
    });
    let spell = |letters: &[(char, usize, bool)]| letters.iter().map(|(character, ..)| *character).collect::<String>();
    let Some((start, symbol, operator)) = found else {
        let text = spell(letters).to_lowercase();
        if text.is_empty() {
            return Err(Fault { at: word.at, what: "nothing to look for".to_owned() });
        }
        return Ok(Term { negated, test: Test::Word(text) });
    };
    let (name, value) = (letters.get(..start).unwrap_or_default(), letters.get(start + symbol.len()..));
    let value = value.unwrap_or_default();
    let place = |letters: &[(char, usize, bool)], or: usize| letters.first().map_or(or, |(_, at, _)| *at);
    let operator_at = letters.get(start).map_or(word.at, |(_, at, _)| *at);
    let field = Field::named(&spell(name)).ok_or_else(|| {
        let names: Vec<_> = Field::ALL.iter().map(|field| field.name()).collect();
        let what = match spell(name).as_str() {
            "" => format!("a field must stand before `{symbol}`: {}", names.join(", ")),
            name => format!("there is no field `{name}`; there are {}", names.join(", ")),
        };
        Fault { at: place(name, operator_at), what }
    })?;
    let values = value.split(|(character, _, quoted)| *character == ',' && !quoted);
    let value_at = operator_at + symbol.len();
    if value.is_empty() {
        return Err(Fault { at: value_at, what: format!("`{}{symbol}` needs a value", field.name()) });
    }
    if !field.is_number() {
        if !matches!(operator, Operator::Is | Operator::IsNot) {
            let what = format!("`{}` is text: use `:`, `=` or `!=`", field.name());
            return Err(Fault { at: operator_at, what });
        }
        let any = values.map(|letters| spell(letters).to_lowercase()).collect();
        let test = Test::Text { field, whole: symbol != ":", any };
        return Ok(Term { negated: negated != (operator == Operator::IsNot), test });
    }
    let mut any = Vec::new();
    for letters in values {
        let text = spell(letters);
        let Some(number) = number(field, &text) else {
            let example = if field == Field::Time { "90, 10m or 2h" } else { "1e-4" };
            let what = format!("`{text}` is no number such as {example}");
            return Err(Fault { at: place(letters, value_at), what });
        };
        any.push(number);
    }
    Ok(Term { negated, test: Test::Number { field, operator, any } })
}

/// A number; of a time also minutes and hours.
fn number(field: Field, text: &str) -> Option<f64> {
    let units = [("h", 3600.0), ("m", 60.0), ("s", 1.0)];
    let mut unit = units.into_iter().filter(|_| field == Field::Time);
    let (digits, factor) =
        unit.find_map(|(unit, factor)| Some((text.strip_suffix(unit)?, factor))).unwrap_or((text, 1.0));
    digits.parse::<f64>().ok().filter(|number| !number.is_nan()).map(|number| number * factor)
}

impl Test {
    fn holds(&self, row: &Row<'_>) -> bool {
        match self {
            Self::Word(word) => {
                let label = row.notes.label.to_lowercase().contains(word);
                let fields = [Field::Mode, Field::State, Field::Tags];
                let within = |field: Field| matches!(field.value(row), Value::Text(text) if text.to_lowercase().contains(word.as_str()));
                label || row.name.to_lowercase().contains(word) || fields.into_iter().any(within)
            }
            // A label stands for the name in lists, and either finds the run.
            Self::Text { field: Field::Name, whole, any } => {
                [row.name, &row.notes.label].into_iter().any(|name| fits(name, *whole, any))
            }
            Self::Text { field: Field::Tags, whole, any } if *whole => {
                row.notes.tags.iter().any(|tag| fits(tag, true, any))
            }
            Self::Text { field, whole, any } => match field.value(row) {
                Value::Text(text) => fits(&text, *whole, any),
                Value::Number(_) | Value::Missing => fits("", *whole, any),
            },
            Self::Number { field, operator, any } => match field.value(row) {
                Value::Number(number) => any.iter().any(|wanted| operator.holds(number, *wanted)),
                Value::Text(_) | Value::Missing => false,
            },
        }
    }
}

fn fits(text: &str, whole: bool, any: &[String]) -> bool {
    let text = text.to_lowercase();
    any.iter().any(|wanted| if whole { text == *wanted } else { text.contains(wanted.as_str()) && !text.is_empty() })
}

impl Operator {
    /// A comparison with NaN never holds.
    fn holds(self, number: f64, wanted: f64) -> bool {
        // What was typed in decimals is meant, not the nearest binary fraction.
        let same = (number - wanted).abs() <= 1e-9 * wanted.abs() || number.total_cmp(&wanted).is_eq();
        match self {
            Self::Is => same,
            Self::IsNot => !same && !number.is_nan(),
            Self::Less => number < wanted && !same,
            Self::AtMost => number <= wanted || same,
            Self::More => number > wanted && !same,
            Self::AtLeast => number >= wanted || same,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        config::Mode,
        metrics::Scores,
        protocol::RunStarted,
        runs::{Best, Notes, Summary},
    };

    fn started() -> RunStarted {
        let event = r#"{"mode":"late","seed":3,"classes":[],"train_clips":1,"val_clips":1,"test_clips":1,
            "batch_size":128,"batches":1,"epochs":100,"early_stop":7,"lr":0.0001,"parameters":7,
            "device":"flex cpu","data":"demo","fingerprint":"f","demo":true,"version":"0",
            "writer":{"host":"node-1","pid":1,"started":1}}"#;
        serde_json::from_str(event).unwrap()
    }

    #[test]
    fn terms_hold_or_do_not() {
        let scores = Scores { accuracy: 0.83, log_loss: 0.5, macro_f1: f64::NAN };
        let summary = Summary {
            started: Some(Box::new(started())),
            epochs: 12,
            best: Some(Best { epoch: 9, val_loss: 0.47, val: Some(scores) }),
            seconds: 725.0,
            ..Summary::default()
        };
        let tags = ["Good".to_owned(), "two words".to_owned()].into();
        let notes = Notes { label: "My Baseline".to_owned(), tags, ..Notes::default() };
        let row = Row { name: "20260101T000000Z-late-s3", summary: &summary, notes: &notes, state: "early stop" };
        assert_eq!(summary.started.as_ref().map(|started| started.mode), Some(Mode::Late));
        for (text, holds, why) in [
            ("", true, "nothing is asked"),
            ("  ", true, "nothing is asked"),
            ("mode:late lr>=1e-4 acc>0.8 -tag:old", true, "the example of the help"),
            ("mode:late,mid", true, "any of several"),
            ("mode:early,mid", false, "none of several"),
            ("mode:LATE", true, "case does not matter"),
            ("mode=lat", false, "= is the whole"),
            ("mode:lat", true, ": is a part"),
            ("mode!=late", false, "not"),
            ("-mode!=late", true, "not not"),
            ("lr=1e-4", true, "decimals are meant"),
            ("lr<1e-4", false, "equal is not less"),
            ("lr<=0.0001", true, "equal is at most"),
            ("lr!=1e-4", false, "equal"),
            ("epochs:12", true, "of a number : is ="),
            ("seed:1,3", true, "any of several numbers"),
            ("acc>0.8,0.9", true, "one is enough"),
            ("test_acc>0", false, "there is no test score"),
            ("-test_acc>0", true, "and that can be asked for"),
            ("f1>0", false, "NaN is not more"),
            ("f1!=0", false, "nor anything else"),
            ("time>10m", true, "725 seconds"),
            ("time<0.5h", true, "725 seconds"),
            ("time>1000s", false, "725 seconds"),
            ("baseline", true, "a word of the label"),
            ("late-s3", true, "a part of the name"),
            ("-baseline", false, "turned round"),
            ("tag:good", true, "a tag"),
            ("tag=goo", false, "a part of a tag"),
            ("tag=\"two words\"", true, "quoted"),
            ("tag:\"o wo\"", true, "quoted part"),
            ("state:\"early stop\"", true, "as it is shown"),
            ("\"early stop\"", true, "quoted word"),
            ("name:20260101", true, "the directory's name, although there is a label"),
            ("name=\"my baseline\"", true, "the label"),
            ("note:x", false, "there is no note"),
            ("host:node-1 device:cpu", true, "the - is within the word"),
            ("-", true, "a hyphen alone is a word, and in the name"),
        ] {
            let filter = Filter::parse(text).unwrap_or_else(|fault| panic!("{text}: {fault}"));
            assert_eq!(filter.matches(&row), holds, "{text}: {why}");
        }
    }

    #[test]
    fn faults_have_a_place() {
        for (text, at, what) in [
            ("mode:late lrr>1", 10, "there is no field `lrr`"),
            (">1", 0, "a field must stand before `>`"),
            ("acc>", 4, "`acc>` needs a value"),
            ("acc>high", 4, "`high` is no number"),
            ("acc>0.5,x", 8, "`x` is no number"),
            ("acc>0.5,", 4, "`` is no number"),
            ("acc>nan", 4, "`nan` is no number"),
            ("mode>late", 4, "`mode` is text"),
            ("ä tag:\"open", 6, "never closed"),
            ("\"\"", 0, "nothing to look for"),
            ("time>5x", 5, "10m or 2h"),
        ] {
            let fault = Filter::parse(text).unwrap_err();
            assert!(fault.at == at && fault.what.contains(what), "{text}: {fault}");
        }
    }
}
