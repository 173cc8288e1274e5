#[derive(DeclarativeEnum)]
#[http(rename_all = "kebab-case")]
pub enum Urgency {
    Low,
    #[http(rename = "usual")]
    Normal,
    VeryHigh,
}

// becomes

const _: () = {
    use ::lithair_core::__private::declare as _m;
    #[automatically_derived]
    impl _m::FieldType for Urgency {
        const KIND: _m::Kind = _m::Kind::Enum(
            &_m::EnumSchema {
                name: "Urgency",
                variants: &[
                    _m::VariantSchema {
                        name: "Low",
                        wire: "low",
                        fields: &[],
                    },
                    _m::VariantSchema {
                        name: "Normal",
                        wire: "usual",
                        fields: &[],
                    },
                    _m::VariantSchema {
                        name: "VeryHigh",
                        wire: "very-high",
                        fields: &[],
                    },
                ],
            },
        );
        fn to_value(&self) -> _m::Value {
            match self {
                Self::Low { .. } => _m::named("low"),
                Self::Normal { .. } => _m::named("usual"),
                Self::VeryHigh { .. } => _m::named("very-high"),
            }
        }
        fn from_value(value: _m::Value) -> _m::Fit<Self> {
            match value {
                _m::Value::Text(name) if name == "low" => {
                    ::core::result::Result::Ok(Self::Low {})
                }
                _m::Value::Text(name) if name == "usual" => {
                    ::core::result::Result::Ok(Self::Normal {})
                }
                _m::Value::Text(name) if name == "very-high" => {
                    ::core::result::Result::Ok(Self::VeryHigh {})
                }
                found => _m::mismatch("Urgency", found),
            }
        }
    }
};
