#[derive(DeclarativeEnum)]
pub enum Shape {
    Point,
    Circle {
        radius: f64,
        #[http(rename = "label text")]
        label: Option<String>,
    },
}

// becomes

const _: () = {
    use ::lithair_core::__private::declare as _m;
    #[automatically_derived]
    impl _m::FieldType for Shape {
        const KIND: _m::Kind = _m::Kind::Enum(
            &_m::EnumSchema {
                name: "Shape",
                variants: &[
                    _m::VariantSchema {
                        name: "Point",
                        wire: "Point",
                        fields: &[],
                    },
                    _m::VariantSchema {
                        name: "Circle",
                        wire: "Circle",
                        fields: &[
                            _m::field::<f64>("radius"),
                            _m::field::<Option<String>>("label").wire("label text"),
                        ],
                    },
                ],
            },
        );
        fn to_value(&self) -> _m::Value {
            match self {
                Self::Point {} => _m::tagged("Point", []),
                Self::Circle { radius, label } => {
                    _m::tagged(
                        "Circle",
                        [_m::FieldType::to_value(radius), _m::FieldType::to_value(label)],
                    )
                }
            }
        }
        fn from_value(value: _m::Value) -> _m::Fit<Self> {
            match value {
                _m::Value::Variant(name, _) if name == "Point" => {
                    ::core::result::Result::Ok(Self::Point {})
                }
                _m::Value::Variant(name, values) if name == "Circle" => {
                    let mut values = _m::Values::new(values);
                    ::core::result::Result::Ok(Self::Circle {
                        radius: values.take()?,
                        label: values.take()?,
                    })
                }
                found => _m::mismatch("Shape", found),
            }
        }
    }
};
