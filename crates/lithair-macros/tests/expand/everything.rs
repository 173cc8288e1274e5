#[derive(DeclarativeModel)]
#[db(table = "goods", primary_key(org, number), renamed_from = "wares", fulltext(slug * 3, tags))]
#[db(unique(org, slug, where = deleted_at.is_none()), index(org, -price), order(-price, slug))]
#[db(check(made_at <= ends && (cost >= 0 || urgency in [Urgency::Low, Urgency::High]), "ends early", on = ends))]
#[http(path = "/shop/goods", ops(list, get, create, update), page(default = 20, max = 40), body_limit = "16KiB")]
#[permission(all = public)]
#[lifecycle(timestamps(made_at, changed_at), optimistic_lock, immutable_when = stage == Stage::Live)]
#[lifecycle(soft_delete(cascade(lines), purge_after = "90d"), versions(100), retention = "365d")]
#[security(rate_limit(create, "5/min", per = ip), firewall(allow("10.0.0.0/8"), deny("10.1.0.0/16")))]
pub struct Everything {
    pub org: i32,
    #[db(auto = sequence)]
    pub number: u64,
    #[db(unique(ci))]
    #[http(validate(slug, regex("^[a-z]"), len(1..=64, msg = "long", when = cost > 0), with(no_spam)))]
    #[http(normalize(trim, lower, nfc), filter, sort)]
    #[lifecycle(immutable)]
    pub slug: String,
    #[db(decimal(12, 2), default = 1.50, index)]
    #[http(validate(range(0..=100000)), rename = "Price")]
    pub price: Decimal,
    #[db(default = 0)]
    #[http(validate(gt(-5), multiple_of(5)), read_only)]
    #[lifecycle(monotonic)]
    pub cost: i64,
    #[db(default = now())]
    #[http(validate(future(when = deleted_at.is_some()), past))]
    pub ends: Timestamp,
    #[http(validate(each(non_empty, bytes(..=72)), unique_items))]
    pub tags: Vec<String>,
    #[http(validate(one_of(Urgency::Low, Urgency::High), required), example = Urgency::Low)]
    #[http(deprecated = "all is urgent")]
    #[db(default = Urgency::Low, on_update = Urgency::High)]
    #[lifecycle(snapshot_only)]
    pub urgency: Option<Urgency>,
    #[relation(on_delete = set_null)]
    pub shop_id: Option<Id<Shop>>,
    #[db(default = "nobody")]
    #[relation(belongs_to = Owner, on_delete = set_default)]
    pub owner: String,
    #[db(default = fn(tokens::fresh))]
    #[http(hidden)]
    pub token: Uuid,
    #[db(backfill = slug)]
    #[http(write_only, validate(starts_with("a"), ends_with("z"), contains("m", when = slug.len() > 3)))]
    #[lifecycle(write_once)]
    pub word: Option<String>,
    #[lifecycle(states(initial = Draft, submit: Draft -> Live if cost >= 0))]
    pub stage: Stage,
    #[relation(has_many = Line, via = good_id)]
    pub lines: Many<Line>,
    #[relation(many_to_many = Label, through = Labelling)]
    pub labels: Many<Label>,
    #[computed(sum(lines.amount where !cancelled), stored)]
    #[db(decimal(12, 2), index)]
    pub subtotal: Decimal,
    #[computed(count(lines))]
    pub line_count: u32,
    #[computed(subtotal + price)]
    #[db(decimal(12, 2))]
    pub total: Decimal,
    pub made_at: Timestamp,
    pub changed_at: Timestamp,
    pub deleted_at: Option<Timestamp>,
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
                                .when(_m::gt(&_m::of("cost"), &_m::value(_m::int(0)))),
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
                    .rules(&[_m::between(_m::int(0), _m::int(100000))]),
                _m::field::<i64>("cost")
                    .default(_m::value(_m::int(0)))
                    .monotonic()
                    .exposure(_m::ReadOnly)
                    .rules(&[_m::above(_m::int(-5)), _m::multiple_of(_m::int(5))]),
                _m::field::<Timestamp>("ends")
                    .default(_m::now())
                    .rules(
                        &[
                            _m::future()
                                .when(
                                    _m::ne(&_m::of("deleted_at"), &_m::value(_m::null())),
                                ),
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
                    .on_update(_m::value(_m::variant("High")))
                    .history(_m::WHOLE.snapshot_only())
                    .example(_m::variant("Low"))
                    .deprecated("all is urgent")
                    .rules(
                        &[
                            _m::one_of(&[_m::variant("Low"), _m::variant("High")]),
                            _m::required(),
                        ],
                    ),
                _m::field::<Option<Id<Shop>>>("shop_id"),
                _m::field::<String>("owner").default(_m::value(_m::text("nobody"))),
                _m::field::<Uuid>("token")
                    .default_of(|| <Uuid as _m::FieldType>::to_value(&tokens::fresh()))
                    .exposure(_m::Hidden),
                _m::field::<Option<String>>("word")
                    .backfill(_m::of("slug"))
                    .write_once()
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
                _m::field::<Stage>("stage")
                    .states(
                        &_m::states(
                            "Draft",
                            &[
                                _m::way("submit", &["Draft"], "Live")
                                    .guard(_m::ge(&_m::of("cost"), &_m::value(_m::int(0)))),
                            ],
                        ),
                    ),
                _m::field::<Decimal>("subtotal")
                    .related(
                        _m::sum("lines")
                            .value(_m::of("amount"))
                            .among(_m::not(&_m::of("cancelled"))),
                    )
                    .stored()
                    .decimal(12, 2),
                _m::field::<u32>("line_count").related(_m::count("lines")),
                _m::field::<Decimal>("total")
                    .computed(_m::plus(&_m::of("subtotal"), &_m::of("price")))
                    .decimal(12, 2),
                _m::field::<Timestamp>("made_at").auto(_m::Auto::Created),
                _m::field::<Timestamp>("changed_at").auto(_m::Auto::Updated),
                _m::field::<Option<Timestamp>>("deleted_at").auto(_m::Auto::Deleted),
            ],
            key: &[0, 1],
            renamed_from: ::core::option::Option::Some("wares"),
            uniques: &[
                _m::unique(&[2]).ignore_case(),
                _m::unique(&[0, 2])
                    .among(_m::eq(&_m::of("deleted_at"), &_m::value(_m::null()))),
            ],
            indexes: &[
                _m::index(&[_m::up(3)]),
                _m::index(&[_m::up(13)]),
                _m::index(&[_m::up(0), _m::down(3)]),
            ],
            fulltext: &[_m::weighted(2, 3), _m::weighted(6, 1)],
            checks: &[
                _m::check(
                        _m::all(
                            &[
                                _m::le(&_m::of("made_at"), &_m::of("ends")),
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
                    .on(5),
            ],
            relations: &[
                _m::relation::<Shop>("shop", &[8], _m::OnDelete::SetNull),
                _m::relation::<Owner>("owner", &[9], _m::OnDelete::SetDefault),
            ],
            links: &[
                _m::has_many::<Line>("lines", "good_id"),
                _m::many_to_many::<Label, Labelling>("labels"),
            ],
            order: &[_m::down(3), _m::up(2)],
            operations: &[_m::Op::List, _m::Op::Get, _m::Op::Create, _m::Op::Update],
            page: _m::page(20, 40),
            body_bytes_max: 16384,
            lifecycle: _m::LifecycleSchema::FREE
                .optimistic_lock()
                .soft_delete(&["lines"], ::core::option::Option::Some(7776000000000))
                .immutable_when(
                    _m::eq(&_m::of("stage"), &_m::value(_m::variant("Live"))),
                )
                .history(_m::WHOLE.versions(100).retention(31536000000000)),
            security: _m::SecuritySchema::OPEN
                .firewall(&["10.0.0.0/8"], &["10.1.0.0/16"])
                .rate_limits(&[_m::rate_limit(&["create"], 5, _m::Window::Minute)]),
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
                5 => _m::FieldType::to_value(&self.ends),
                6 => _m::FieldType::to_value(&self.tags),
                7 => _m::FieldType::to_value(&self.urgency),
                8 => _m::FieldType::to_value(&self.shop_id),
                9 => _m::FieldType::to_value(&self.owner),
                10 => _m::FieldType::to_value(&self.token),
                11 => _m::FieldType::to_value(&self.word),
                12 => _m::FieldType::to_value(&self.stage),
                13 => _m::FieldType::to_value(&self.subtotal),
                14 => _m::FieldType::to_value(&self.line_count),
                15 => _m::FieldType::to_value(&self.total),
                16 => _m::FieldType::to_value(&self.made_at),
                17 => _m::FieldType::to_value(&self.changed_at),
                18 => _m::FieldType::to_value(&self.deleted_at),
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
                ends: values.take()?,
                tags: values.take()?,
                urgency: values.take()?,
                shop_id: values.take()?,
                owner: values.take()?,
                token: values.take()?,
                word: values.take()?,
                stage: values.take()?,
                subtotal: values.take()?,
                line_count: values.take()?,
                total: values.take()?,
                made_at: values.take()?,
                changed_at: values.take()?,
                deleted_at: values.take()?,
                lines: ::core::default::Default::default(),
                labels: ::core::default::Default::default(),
            })
        }
    }
    const _: fn() = || {
        let _: Urgency = Urgency::Low;
        let _: Urgency = Urgency::High;
        let _: Stage = Stage::Live;
        let _: Stage = Stage::Draft;
    };
    const _: fn(&Everything) = |model| {
        let _: &_m::Many<Line> = &model.lines;
        let _: &_m::Many<Label> = &model.labels;
    };
};
