//! What the API of a model offers.

/// What the generated API may offer, `http(ops(..))`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OperationKind {
    /// `GET /{c}`, `:query`.
    List,
    /// `GET /{c}/{id}`.
    Get,
    /// `POST /{c}`.
    Create,
    /// `PUT`, `PATCH /{c}/{id}`.
    Update,
    /// `DELETE /{c}/{id}`.
    Delete,
    /// `GET /{c}/{id}/history`, `?rev=`, `?as_of=`; with `Update`, `:restore`.
    History,
    /// `:import`.
    Bulk,
    /// NDJSON out.
    Export,
}

impl OperationKind {
    /// What a model offers that does not say.
    pub const ALL: &'static [Self] =
        &[Self::List, Self::Get, Self::Create, Self::Update, Self::Delete, Self::History, Self::Bulk, Self::Export];
}

/// Records a page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PageSchema {
    /// When the caller does not say.
    pub default: u32,
    /// At most.
    pub max: u32,
}

impl PageSchema {
    /// What a model has that does not say.
    pub const DEFAULT: Self = Self { default: 50, max: 500 };
}

/// Bytes of a request body when the model does not say.
pub const BODY_BYTES_MAX_DEFAULT: u32 = 64 * 1024;
