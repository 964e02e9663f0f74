//! The stack machine, protocols 0 to 5.

use std::{collections::HashMap, rc::Rc};

use anyhow::{Context as _, Result, bail, ensure};

use super::value::{Global, Object, Pickle, Storage, TensorView, Value};

/// Longer than any checkpoint's: a thousand tensors take a hundred kilobytes.
const MOST_BYTES: usize = 8 << 20;
/// Steps of the machine. Each may add a few dozen bytes to what it holds.
const MOST_STEPS: usize = 2_000_000;
/// Dimensions of a tensor.
const MOST_DIMENSIONS: usize = 8;

/// Parse the pickle that `input` begins with, and tell how many bytes it took.
///
/// # Errors
/// If it is damaged or too long, or asks for something that a `state_dict` does not need.
pub fn read(input: &[u8]) -> Result<(Pickle, usize)> {
    let mut machine = Machine { input, ..Machine::default() };
    for step in 0.. {
        let at = machine.at;
        ensure!(step < MOST_STEPS && at < MOST_BYTES, "its pickle is longer than any state_dict's");
        if let Some(root) = machine.step().with_context(|| format!("its pickle is damaged at byte {at}"))? {
            return Ok((Pickle { root, objects: machine.objects }, machine.at));
        }
    }
    unreachable!("the steps are counted")
}

#[derive(Default)]
struct Machine<'a> {
    input: &'a [u8],
    at: usize,
    stack: Vec<Value>,
    /// Where the stack stood at each mark.
    marks: Vec<usize>,
    memo: HashMap<u32, Value>,
    objects: Vec<Object>,
    /// Entries of dictionaries that were made from lists.
    copied: usize,
}

impl<'a> Machine<'a> {
    /// Obey one instruction; the root value once it is the last.
    fn step(&mut self) -> Result<Option<Value>> {
        let [code] = self.bytes()?;
        match code {
            b'.' => return self.pop().map(Some),
            // The protocol's number changes nothing, and a frame is only a hint for buffering.
            0x80 => self.skip(1)?,
            0x95 => self.skip(8)?,
            b'(' => self.marks.push(self.stack.len()),
            b'0' => drop(self.pop()?),
            b'1' => drop(self.pop_mark()?),
            b'2' => self.push(self.top()?.clone()),
            b'N' => self.push(Value::None),
            0x88 | 0x89 => self.push(Value::Bool(code == 0x88)),
            b'J' => self.int(|bytes: [u8; 4]| i32::from_le_bytes(bytes).into())?,
            b'K' => self.int(|[byte]: [u8; 1]| byte.into())?,
            b'M' => self.int(|bytes: [u8; 2]| u16::from_le_bytes(bytes).into())?,
            0x8a => {
                let [length] = self.bytes()?;
                self.long(length.into())?;
            }
            b'I' | b'L' | b'F' => {
                let line = self.line()?;
                let value = textual(code, line).with_context(|| format!("`{}` is no number", line.escape_default()))?;
                self.push(value);
            }
            b'G' => {
                let value = f64::from_be_bytes(self.bytes()?);
                self.push(Value::Float(value));
            }
            b'X' | b'T' | b'U' | 0x8c | 0x8d | b'B' | b'C' | 0x8e => self.text(code)?,
            b'V' | b'S' => {
                let text = self.line()?.trim_matches(['\'', '"']).into();
                self.push(Value::Text(text));
            }
            b']' => self.allocate(Object::List(Vec::new())),
            b')' => self.allocate(Object::Tuple(Vec::new())),
            b'}' => self.allocate(Object::Dict(Vec::new())),
            b'l' | b't' | b'd' => {
                let items = self.pop_mark()?;
                self.allocate(match code {
                    b'l' => Object::List(items),
                    b't' => Object::Tuple(items),
                    _ => Object::Dict(pairs(items)?),
                });
            }
            0x85..=0x87 => self.tuple(usize::from(code - 0x84))?,
            b'a' => {
                let item = self.pop()?;
                self.extend(vec![item])?;
            }
            b'e' => {
                let items = self.pop_mark()?;
                self.extend(items)?;
            }
            b's' => {
                let (value, key) = (self.pop()?, self.pop()?);
                self.insert(vec![(key, value)])?;
            }
            b'u' => {
                let entries = pairs(self.pop_mark()?)?;
                self.insert(entries)?;
            }
            b'q' | b'r' | b'p' | 0x94 => self.remember(code)?,
            b'h' | b'j' | b'g' => self.recall(code)?,
            b'c' => {
                let module = self.line()?;
                let name = self.line()?;
                self.push(Value::Global(Global::named(module, name)?));
            }
            0x93 => match (self.pop()?, self.pop()?) {
                (Value::Text(name), Value::Text(module)) => self.push(Value::Global(Global::named(&module, &name)?)),
                _ => bail!("a name is no text"),
            },
            b'Q' => {
                let id = self.pop()?;
                let storage = self.storage(&id)?;
                self.allocate(Object::Storage(storage));
            }
            b'R' => {
                let (arguments, function) = (self.pop()?, self.pop()?);
                self.call(&function, &arguments)?;
            }
            // The state of an OrderedDict is PyTorch's `_metadata`: versions of modules, of no use here.
            b'b' => {
                self.pop()?;
                let target = self.top()?.clone();
                ensure!(matches!(self.object(&target), Some(Object::Dict(_))), "it sets the state of an object");
            }
            _ => bail!("the instruction {code:#04x} has no place in a state_dict"),
        }
        Ok(None)
    }

    /// The next `N` bytes.
    fn bytes<const N: usize>(&mut self) -> Result<[u8; N]> {
        let rest = self.input.get(self.at..).unwrap_or_default();
        let bytes = rest.first_chunk().copied().context("it ends too early")?;
        self.at += N;
        Ok(bytes)
    }

    fn slice(&mut self, length: u64) -> Result<&'a [u8]> {
        let end = usize::try_from(length).ok().and_then(|length| self.at.checked_add(length));
        let end = end.context("it ends too early")?;
        let bytes = self.input.get(self.at..end).context("it ends too early")?;
        self.at = end;
        Ok(bytes)
    }

    fn skip(&mut self, length: u64) -> Result<()> {
        self.slice(length).map(drop)
    }

    /// The text up to the end of the line.
    fn line(&mut self) -> Result<&'a str> {
        let rest = self.input.get(self.at..).unwrap_or_default();
        let end = rest.iter().take(1000).position(|&byte| byte == b'\n').context("a line does not end")?;
        self.at += end + 1;
        std::str::from_utf8(rest.get(..end).unwrap_or_default()).context("a name is no UTF-8")
    }

    fn int<const N: usize>(&mut self, value: fn([u8; N]) -> i64) -> Result<()> {
        let value = value(self.bytes()?);
        self.push(Value::Int(value.into()));
        Ok(())
    }

    /// A little-endian integer of any length that fits.
    fn long(&mut self, length: u64) -> Result<()> {
        let bytes = self.slice(length)?;
        ensure!(bytes.len() <= 16, "an integer of {length} bytes");
        let negative = bytes.last().is_some_and(|byte| byte & 0x80 != 0);
        let mut wide = [if negative { 0xff } else { 0 }; 16];
        wide.iter_mut().zip(bytes).for_each(|(wide, byte)| *wide = *byte);
        self.push(Value::Int(i128::from_le_bytes(wide)));
        Ok(())
    }

    fn text(&mut self, code: u8) -> Result<()> {
        let length = match code {
            b'U' | 0x8c | b'C' => self.bytes().map(|[length]: [u8; 1]| length.into())?,
            0x8d | 0x8e => u64::from_le_bytes(self.bytes()?),
            _ => u32::from_le_bytes(self.bytes()?).into(),
        };
        let bytes = self.slice(length)?;
        let value = match code {
            b'B' | b'C' | 0x8e => Value::Bytes(bytes.into()),
            _ => Value::Text(std::str::from_utf8(bytes).context("a text is no UTF-8")?.into()),
        };
        self.push(value);
        Ok(())
    }

    /// A tuple of the newest `count` values.
    fn tuple(&mut self, count: usize) -> Result<()> {
        let first = self.stack.len().checked_sub(count).filter(|&first| first >= self.floor());
        let items = self.stack.split_off(first.context("the stack is empty")?);
        self.allocate(Object::Tuple(items));
        Ok(())
    }

    fn remember(&mut self, code: u8) -> Result<()> {
        let slot = match code {
            b'q' => self.bytes().map(|[slot]: [u8; 1]| slot.into())?,
            b'r' => u32::from_le_bytes(self.bytes()?),
            b'p' => self.line()?.parse()?,
            _ => self.memo.len() as u32,
        };
        let value = self.top()?.clone();
        self.memo.insert(slot, value);
        Ok(())
    }

    fn recall(&mut self, code: u8) -> Result<()> {
        let slot: u32 = match code {
            b'h' => self.bytes().map(|[slot]: [u8; 1]| slot.into())?,
            b'j' => u32::from_le_bytes(self.bytes()?),
            _ => self.line()?.parse()?,
        };
        let value = self.memo.get(&slot).context("it refers to something that was not there")?.clone();
        self.push(value);
        Ok(())
    }

    fn push(&mut self, value: Value) {
        self.stack.push(value);
    }

    fn allocate(&mut self, object: Object) {
        self.objects.push(object);
        self.push(Value::Object(self.objects.len() - 1));
    }

    /// Where the stack stood at the last mark; what is below belongs to another construct.
    fn floor(&self) -> usize {
        self.marks.last().copied().unwrap_or(0)
    }

    fn top(&self) -> Result<&Value> {
        self.stack.get(self.floor()..).and_then(<[Value]>::last).context("the stack is empty")
    }

    fn pop(&mut self) -> Result<Value> {
        ensure!(self.stack.len() > self.floor(), "the stack is empty");
        self.stack.pop().context("the stack is empty")
    }

    fn pop_mark(&mut self) -> Result<Vec<Value>> {
        let mark = self.marks.pop().context("a mark is missing")?;
        ensure!(mark <= self.stack.len(), "a mark is missing");
        Ok(self.stack.split_off(mark))
    }

    fn object(&self, value: &Value) -> Option<&Object> {
        match value {
            Value::Object(at) => self.objects.get(*at),
            _ => None,
        }
    }

    /// The items of a tuple or a list.
    fn items(&self, value: &Value) -> Result<&[Value]> {
        match self.object(value) {
            Some(Object::Tuple(items) | Object::List(items)) => Ok(items),
            _ => bail!("something is no tuple"),
        }
    }

    fn extend(&mut self, items: Vec<Value>) -> Result<()> {
        let target = self.top()?.clone();
        match target {
            Value::Object(at) => match self.objects.get_mut(at) {
                Some(Object::List(list)) => list.extend(items),
                _ => bail!("it appends to what is no list"),
            },
            _ => bail!("it appends to what is no list"),
        }
        Ok(())
    }

    fn insert(&mut self, entries: Vec<(Value, Value)>) -> Result<()> {
        let target = self.top()?.clone();
        match target {
            Value::Object(at) => match self.objects.get_mut(at) {
                Some(Object::Dict(dict)) => dict.extend(entries),
                _ => bail!("it sets an item of what is no dictionary"),
            },
            _ => bail!("it sets an item of what is no dictionary"),
        }
        Ok(())
    }

    /// `('storage', type, key, device, elements[, view])`; the view is `(key, start, elements)`.
    fn storage(&self, id: &Value) -> Result<Storage> {
        let [Value::Text(tag), Value::Global(Global::Storage(kind)), key, _device, length, rest @ ..] =
            self.items(id)?
        else {
            bail!("a storage is described in an unknown way");
        };
        ensure!(&**tag == "storage", "it refers to `{}`, not to a storage", tag.escape_default());
        let key = match key {
            Value::Text(key) => key.clone(),
            Value::Int(key) => Rc::from(key.to_string()),
            _ => bail!("a storage has no key"),
        };
        let whole = number(length)?;
        let (start, length) = match rest.first() {
            None | Some(Value::None) => (0, whole),
            Some(view) => match self.items(view)? {
                [_, start, length] => (number(start)?, number(length)?),
                _ => bail!("a view of a storage is described in an unknown way"),
            },
        };
        ensure!(start.checked_add(length).is_some_and(|end| end <= whole), "a view is larger than its storage");
        Ok(Storage { kind: *kind, key, length, start, whole })
    }

    fn call(&mut self, function: &Value, arguments: &Value) -> Result<()> {
        let Value::Global(function) = function else { bail!("it calls what is no function") };
        let arguments = self.items(arguments)?.iter().take(8).cloned().collect::<Vec<_>>();
        let made = match (function, arguments.as_slice()) {
            (Global::OrderedDict, []) => Object::Dict(Vec::new()),
            (Global::OrderedDict, [items]) => {
                let entry = |item: &Value| match self.items(item)? {
                    [key, value] => Ok((key.clone(), value.clone())),
                    _ => bail!("an entry of a dictionary is no pair"),
                };
                let entries = self.items(items)?.iter().map(entry).collect::<Result<Vec<_>>>()?;
                // The one copy that a pickle can ask for: the same list again and again would fill the memory.
                self.copied += entries.len();
                ensure!(self.copied < MOST_STEPS, "its dictionaries are larger than any state_dict's");
                Object::Dict(entries)
            }
            (Global::RebuildTensor, [storage, offset, shape, strides, ..]) => {
                let Some(Object::Storage(storage)) = self.object(storage) else { bail!("a tensor has no storage") };
                let (shape, strides) = (self.items(shape)?, self.items(strides)?);
                ensure!(
                    shape.len() == strides.len() && shape.len() <= MOST_DIMENSIONS,
                    "a tensor has {} sizes and {} strides",
                    shape.len(),
                    strides.len()
                );
                let sizes = |values: &[Value]| values.iter().map(number).collect::<Result<Vec<u64>>>();
                let (shape, strides) = (sizes(shape)?, sizes(strides)?);
                Object::Tensor(TensorView { storage: storage.clone(), offset: number(offset)?, shape, strides })
            }
            (Global::RebuildParameter, [tensor, ..]) => {
                ensure!(matches!(self.object(tensor), Some(Object::Tensor(_))), "a parameter is no tensor");
                self.push(tensor.clone());
                return Ok(());
            }
            (Global::Size, [items]) => {
                self.items(items)?;
                self.push(items.clone());
                return Ok(());
            }
            (Global::Device, _) => Object::Opaque,
            _ => bail!("it calls {function:?} with {} arguments", arguments.len()),
        };
        self.allocate(made);
        Ok(())
    }
}

fn textual(code: u8, line: &str) -> Option<Value> {
    match (code, line) {
        (b'I', "00" | "01") => Some(Value::Bool(line == "01")),
        (b'F', _) => line.parse().ok().map(Value::Float),
        _ => line.trim_end_matches('L').parse().ok().map(Value::Int),
    }
}

fn pairs(items: Vec<Value>) -> Result<Vec<(Value, Value)>> {
    ensure!(items.len().is_multiple_of(2), "a key has no value");
    let mut items = items.into_iter();
    Ok(std::iter::from_fn(|| items.next().zip(items.next())).collect())
}

fn number(value: &Value) -> Result<u64> {
    match value {
        Value::Int(number) => u64::try_from(*number).context("a size is negative or too large"),
        _ => bail!("a size is no number"),
    }
}
