//! What an incident rests on: every piece with where, when, how alike and why it lies here.

use domain::language::Language;
use domain::theme::Freshness;
use domain::unit::Suspect;
use domain::wire::EvidenceView;
use leptos::prelude::*;

use crate::live::ages;
use crate::live::desk::desk;
use crate::text::{Message, filled, number, text, time};

#[component]
pub fn Evidence() -> impl IntoView {
    let desk = desk();
    let settings = desk.settings;
    let pieces = move || {
        desk.detail.with(|detail| {
            detail
                .as_ref()
                .map(|detail| detail.evidence.clone())
                .unwrap_or_default()
        })
    };
    view! {
        <section class="evidence" aria-labelledby="evidence-title">
            <h3 id="evidence-title">
                {settings.say(Message::Evidence)} " "
                <span class="count">{move || pieces().len()}</span>
            </h3>
            <ol>
                {move || pieces().into_iter().map(|piece| view! { <Piece piece/> }).collect_view()}
            </ol>
        </section>
    }
}

#[component]
fn Piece(piece: EvidenceView) -> impl IntoView {
    let desk = desk();
    let settings = desk.settings;
    let start = desk.start();
    let offsets = start.city.offsets.clone();
    let (at, full) = (piece.time, time::full(piece.time, &offsets));
    let kind = piece.kind.clone();
    let (distance, score) = (piece.distance_m, piece.score);
    let (reason, reason_en) = (piece.reason.clone(), piece.reason_en.clone());
    let suspect = piece.suspect.map(|why| match why {
        Suspect::OutOfRange => Message::SuspectOutOfRange,
        Suspect::TooFast => Message::SuspectTooFast,
        Suspect::UnlikeNeighbours => Message::SuspectUnlikeNeighbours,
    });
    let thing = piece.thing.clone();
    let age = Memo::new(move |_| desk.thing_age(thing.as_deref()?));
    let freshness = move || age.get().map(|(freshness, _)| ages::class(freshness));
    let old = move || {
        let (freshness, heard) = age.get()?;
        let (language, now) = (settings.language.get(), settings.clock.get()?);
        (freshness != Freshness::Live).then(|| {
            filled(
                language,
                Message::EvidenceSilent,
                &[("age", &time::age(language, heard, now))],
            )
        })
    };
    let words = if piece.text.is_empty() {
        piece.observation.clone()
    } else {
        piece.text.clone()
    };
    view! {
        <li class="piece" data-testid="evidence" data-id=piece.id.clone() data-freshness=freshness>
            <p class="piece-words">{words}</p>
            <p class="piece-facts">
                <span class="source">{piece.source.clone()}</span>
                <span>{move || match kind.as_str() {
                    "desk" => text(settings.language.get(), Message::EvidenceDesk).to_owned(),
                    kind => start.city.label(settings.language.get(), kind).to_owned(),
                }}</span>
                <time datetime=full.clone() title=full>
                    {move || time::moment(settings.language.get(), at, settings.clock.get(), &offsets)}
                </time>
                <span class="piece-old" class:gone=move || old().is_none()>{old}</span>
                {distance.map(|metres| view! {
                    <span>{move || filled(
                        settings.language.get(),
                        Message::EvidenceDistance,
                        &[("m", &metres.to_string())],
                    )}</span>
                })}
                {score.map(|score| view! {
                    <span>{move || filled(
                        settings.language.get(),
                        Message::EvidenceScore,
                        &[("p", &number::decimals(f64::from(score) * 100.0, 0))],
                    )}</span>
                })}
            </p>
            {suspect.map(|why| view! { <p class="piece-suspect" data-testid="suspect">{settings.say(why)}</p> })}
            <p class="piece-reason">
                {move || match settings.language.get() {
                    Language::Zh => reason.clone(),
                    Language::En => reason_en.clone(),
                }}
            </p>
        </li>
    }
}
