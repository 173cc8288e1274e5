#[derive(DeclarativeModel)]
#[db(table = "goods", primary_key(org, number))]
#[db(unique(org, slug, where = gone_at.is_none()), index(org, -price), order(-price, slug))]
#[db(check(starts <= ends && (cost >= 0 || urgency in [Urgency::Low, Urgency::High]), "ends early", on = ends))]
#[http(path = "/shop/goods", ops(list, get, create, update), page(default = 20, max = 40), body_limit = "16KiB")]
#[permission(all = public)]
pub struct Everything {
    pub org: i32,
    #[db(auto = sequence)]
    pub number: u64,
    #[db(unique(ci))]
    #[http(validate(slug, regex("^[a-z]"), len(1..=64, msg = "long", when = !gone), with(no_spam)))]
    #[http(normalize(trim, lower, nfc), filter, sort)]
    #[lifecycle(immutable)]
    pub slug: String,
    #[db(decimal(12, 2), default = 1.50, index)]
    #[http(validate(range(0..=100000), multiple_of(0.01)), rename = "Price")]
    pub price: Decimal,
    #[http(validate(gt(-5), lte(10)))]
    pub cost: i64,
    #[db(default = false)]
    pub gone: bool,
    #[http(read_only)]
    pub gone_at: Option<Timestamp>,
    #[db(default = now())]
    pub starts: Timestamp,
    #[http(validate(future(when = gone_at.is_some()), past))]
    pub ends: Timestamp,
    #[http(validate(each(non_empty, bytes(..=72)), unique_items))]
    pub tags: Vec<String>,
    #[http(validate(one_of(Urgency::Low, Urgency::High), required))]
    #[db(default = Urgency::Low)]
    pub urgency: Option<Urgency>,
    #[relation(on_delete = set_null)]
    pub shop_id: Option<Id<Shop>>,
    #[db(default = "00000000-0000-0000-0000-000000000000")]
    #[relation(belongs_to = Owner, on_delete = set_default)]
    pub owner: Uuid,
    #[db(default = fn(tokens::fresh))]
    #[http(hidden)]
    pub token: Uuid,
    #[http(write_only, validate(starts_with("a"), ends_with("z"), contains("m", when = slug.len() > 3)))]
    pub word: Option<String>,
    pub extra: Option<Json>,
}

// becomes

const _: () = {
    use ::lithair_core::__private::declare as _m;
    use _m::NoBehaviour as _;
    #[automatically_derived]
    impl _m::Model for Everything {
        type Key = (i32, u64);
        const SCHEMA: &'static _m::ModelSchema = &_m::ModelSchema {
            name: "Everything",
            table: "goods",
            path: "shop/goods",
            fields: &[
                _m::field::<i32>("org"),
                _m::field::<u64>("number").auto(_m::Auto::Sequence),
                _m::field::<String>("slug")
                    .immutable()
                    .filter()
                    .sort()
                    .rules(
                        &[
                            _m::format(_m::Format::Slug),
                            _m::regex("^[a-z]"),
                            _m::length(1, 64)
                                .message("long")
                                .when(_m::not(&_m::of("gone"))),
                            _m::with(
                                "no_spam",
                                |value| _m::judge::<
                                    String,
                                    _,
                                >(value, |value| no_spam(value)),
                            ),
                        ],
                    )
                    .normalizers(&[_m::Trim, _m::Lower, _m::Nfc]),
                _m::field::<Decimal>("price")
                    .decimal(12, 2)
                    .default(_m::value(_m::number("1.50")))
                    .wire("Price")
                    .rules(
                        &[
                            _m::between(_m::int(0), _m::int(100000)),
                            _m::multiple_of(_m::number("0.01")),
                        ],
                    ),
                _m::field::<i64>("cost")
                    .rules(&[_m::above(_m::int(-5)), _m::at_most(_m::int(10))]),
                _m::field::<bool>("gone").default(_m::value(_m::flag(false))),
                _m::field::<Option<Timestamp>>("gone_at").exposure(_m::ReadOnly),
                _m::field::<Timestamp>("starts").default(_m::now()),
                _m::field::<Timestamp>("ends")
                    .rules(
                        &[
                            _m::future()
                                .when(_m::ne(&_m::of("gone_at"), &_m::value(_m::null()))),
                            _m::past(),
                        ],
                    ),
                _m::field::<Vec<String>>("tags")
                    .rules(
                        &[
                            _m::each(&[_m::non_empty(), _m::bytes(0, 72)]),
                            _m::unique_items(),
                        ],
                    ),
                _m::field::<Option<Urgency>>("urgency")
                    .default(_m::value(_m::variant("Low")))
                    .rules(
                        &[
                            _m::one_of(&[_m::variant("Low"), _m::variant("High")]),
                            _m::required(),
                        ],
                    ),
                _m::field::<Option<Id<Shop>>>("shop_id"),
                _m::field::<Uuid>("owner")
                    .default(
                        _m::value(_m::text("00000000-0000-0000-0000-000000000000")),
                    ),
                _m::field::<Uuid>("token")
                    .default_of(|| <Uuid as _m::FieldType>::to_value(&tokens::fresh()))
                    .exposure(_m::Hidden),
                _m::field::<Option<String>>("word")
                    .exposure(_m::WriteOnly)
                    .rules(
                        &[
                            _m::starts_with("a"),
                            _m::ends_with("z"),
                            _m::contains("m")
                                .when(
                                    _m::gt(&_m::len(&_m::of("slug")), &_m::value(_m::int(3))),
                                ),
                        ],
                    ),
                _m::field::<Option<Json>>("extra"),
            ],
            key: &[0, 1],
            uniques: &[
                _m::unique(&[2]).ignore_case(),
                _m::unique(&[0, 2])
                    .among(_m::eq(&_m::of("gone_at"), &_m::value(_m::null()))),
            ],
            indexes: &[
                _m::IndexSchema {
                    terms: &[_m::up(3)],
                },
                _m::IndexSchema {
                    terms: &[_m::up(0), _m::down(3)],
                },
            ],
            checks: &[
                _m::check(
                        _m::all(
                            &[
                                _m::le(&_m::of("starts"), &_m::of("ends")),
                                _m::any(
                                    &[
                                        _m::ge(&_m::of("cost"), &_m::value(_m::int(0))),
                                        _m::one_among(
                                            &_m::of("urgency"),
                                            &[
                                                _m::value(_m::variant("Low")),
                                                _m::value(_m::variant("High")),
                                            ],
                                        ),
                                    ],
                                ),
                            ],
                        ),
                        "ends early",
                    )
                    .on(8),
            ],
            relations: &[
                _m::RelationSchema {
                    name: "shop",
                    fields: &[11],
                    target: || <Shop as _m::Model>::SCHEMA,
                    on_delete: _m::OnDelete::SetNull,
                },
                _m::RelationSchema {
                    name: "owner",
                    fields: &[12],
                    target: || <Owner as _m::Model>::SCHEMA,
                    on_delete: _m::OnDelete::SetDefault,
                },
            ],
            order: &[_m::down(3), _m::up(2)],
            operations: &[
                _m::OperationKind::List,
                _m::OperationKind::Get,
                _m::OperationKind::Create,
                _m::OperationKind::Update,
            ],
            page: _m::PageSchema {
                default: 20,
                max: 40,
            },
            body_bytes_max: 16384,
            commands: <Everything>::LITHAIR_COMMANDS,
            hooks_before: <Everything>::LITHAIR_HOOKS_BEFORE,
            hooks_after: <Everything>::LITHAIR_HOOKS_AFTER,
            schedules: <Everything>::LITHAIR_SCHEDULES,
            projection: <Everything>::LITHAIR_PROJECTION,
            access: _m::AccessSchema::Public,
            .._m::ModelSchema::PLAIN
        };
        fn value(&self, field: usize) -> _m::Value {
            match field {
                0 => _m::FieldType::to_value(&self.org),
                1 => _m::FieldType::to_value(&self.number),
                2 => _m::FieldType::to_value(&self.slug),
                3 => _m::FieldType::to_value(&self.price),
                4 => _m::FieldType::to_value(&self.cost),
                5 => _m::FieldType::to_value(&self.gone),
                6 => _m::FieldType::to_value(&self.gone_at),
                7 => _m::FieldType::to_value(&self.starts),
                8 => _m::FieldType::to_value(&self.ends),
                9 => _m::FieldType::to_value(&self.tags),
                10 => _m::FieldType::to_value(&self.urgency),
                11 => _m::FieldType::to_value(&self.shop_id),
                12 => _m::FieldType::to_value(&self.owner),
                13 => _m::FieldType::to_value(&self.token),
                14 => _m::FieldType::to_value(&self.word),
                15 => _m::FieldType::to_value(&self.extra),
                _ => _m::Value::Null,
            }
        }
        fn from_values(values: ::std::vec::Vec<_m::Value>) -> _m::Fit<Self> {
            let mut values = _m::Values::new(values);
            ::core::result::Result::Ok(Self {
                org: values.take()?,
                number: values.take()?,
                slug: values.take()?,
                price: values.take()?,
                cost: values.take()?,
                gone: values.take()?,
                gone_at: values.take()?,
                starts: values.take()?,
                ends: values.take()?,
                tags: values.take()?,
                urgency: values.take()?,
                shop_id: values.take()?,
                owner: values.take()?,
                token: values.take()?,
                word: values.take()?,
                extra: values.take()?,
            })
        }
    }
    const _: fn() = || {
        let _: Urgency = Urgency::Low;
        let _: Urgency = Urgency::High;
    };
};
