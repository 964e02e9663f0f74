//! What a pickle is made of.

use std::rc::Rc;

use anyhow::{Result, bail};

/// A value on the machine's stack. Containers are places in the arena.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    None,
    Bool(bool),
    Int(i128),
    Float(f64),
    Text(Rc<str>),
    Bytes(Rc<[u8]>),
    Global(Global),
    /// A place in [`Pickle::objects`].
    Object(usize),
}

/// Something with an identity: it may be shared, changed later, or contain itself.
#[derive(Clone, Debug, PartialEq)]
pub enum Object {
    Tuple(Vec<Value>),
    List(Vec<Value>),
    Dict(Vec<(Value, Value)>),
    Storage(Storage),
    Tensor(TensorView),
    /// Data of no interest here, such as a device.
    Opaque,
}

/// The bytes that tensors lie in, as a pickle names them.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Storage {
    pub kind: Kind,
    pub key: Rc<str>,
    /// Number of elements.
    pub length: u64,
    /// Element that it starts at in the storage `key`, and how many that has: the legacy format has
    /// views of storages.
    pub start: u64,
    pub whole: u64,
}

/// A tensor: a storage, and how its elements are found in it.
#[derive(Clone, Debug, PartialEq)]
pub struct TensorView {
    pub storage: Storage,
    /// In elements.
    pub offset: u64,
    pub shape: Vec<u64>,
    /// In elements.
    pub strides: Vec<u64>,
}

/// The type of a storage's elements.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Kind {
    Double,
    Float,
    Half,
    BFloat16,
    Long,
    Int,
    Short,
    Char,
    Byte,
    Bool,
}

impl Kind {
    /// Bytes of an element.
    #[must_use]
    pub fn width(self) -> u64 {
        match self {
            Self::Double | Self::Long => 8,
            Self::Float | Self::Int => 4,
            Self::Half | Self::BFloat16 | Self::Short => 2,
            Self::Char | Self::Byte | Self::Bool => 1,
        }
    }
}

/// The names that a pickle may use.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Global {
    OrderedDict,
    RebuildTensor,
    RebuildParameter,
    Storage(Kind),
    Size,
    Device,
}

impl Global {
    /// The global `name` of `module`.
    ///
    /// # Errors
    /// If it is none of those that a `state_dict` needs: a pickle can call any function there is.
    pub fn named(module: &str, name: &str) -> Result<Self> {
        let kind = |name: &str| {
            Some(match name {
                "DoubleStorage" => Kind::Double,
                "FloatStorage" => Kind::Float,
                "HalfStorage" => Kind::Half,
                "BFloat16Storage" => Kind::BFloat16,
                "LongStorage" => Kind::Long,
                "IntStorage" => Kind::Int,
                "ShortStorage" => Kind::Short,
                "CharStorage" => Kind::Char,
                "ByteStorage" => Kind::Byte,
                "BoolStorage" => Kind::Bool,
                _ => return None,
            })
        };
        let known = match (module, name) {
            ("collections", "OrderedDict") => Some(Self::OrderedDict),
            ("torch._utils", "_rebuild_tensor_v2" | "_rebuild_tensor") => Some(Self::RebuildTensor),
            ("torch._utils", "_rebuild_parameter") => Some(Self::RebuildParameter),
            ("torch", "Size") => Some(Self::Size),
            ("torch", "device") => Some(Self::Device),
            ("torch" | "torch.cuda" | "torch.storage", name) => kind(name).map(Self::Storage),
            _ => None,
        };
        let Some(known) = known else {
            let cut = |text: &str| text.chars().take(80).flat_map(char::escape_default).collect::<String>();
            bail!(
                "it asks for `{}.{}`, which a state_dict does not need and this reader does not run; save the weights \
                 alone: torch.save(model.state_dict(), path)",
                cut(module),
                cut(name)
            );
        };
        Ok(known)
    }
}

/// A pickle's root value and its arena.
#[derive(Clone, Debug, PartialEq)]
pub struct Pickle {
    pub root: Value,
    pub objects: Vec<Object>,
}

impl Pickle {
    /// The object that `value` refers to.
    #[must_use]
    pub fn object(&self, value: &Value) -> Option<&Object> {
        match value {
            Value::Object(at) => self.objects.get(*at),
            _ => None,
        }
    }

    /// The entries of `value`, if it is a dictionary.
    #[must_use]
    pub fn dict(&self, value: &Value) -> Option<&[(Value, Value)]> {
        match self.object(value) {
            Some(Object::Dict(entries)) => Some(entries),
            _ => None,
        }
    }
}
