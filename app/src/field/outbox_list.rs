//! What is on its way, row by row: waiting, sent, refused with its reason, and what a person may do with it.

use std::sync::Arc;

use domain::ids::IncidentId;
use leptos::prelude::*;

use super::hand::Hand;
use super::queue::{Queued, Standing};
use super::words::Word;
use crate::text::time;

/// The whole outbox, the newest first.
#[component]
pub fn OutboxList(hand: Hand) -> impl IntoView {
    let settings = hand.settings;
    let rows = Memo::new(move |_| {
        hand.outbox
            .queue
            .with(|queue| queue.rows().iter().rev().cloned().collect::<Vec<_>>())
    });
    view! {
        <section class="outbox" aria-labelledby="outbox-title" data-testid="outbox">
            <h2 id="outbox-title">{settings.say(Word::Outbox)}</h2>
            <p class="problem" class:gone=hand.outbox.kept>{settings.say(Word::OutboxNotKept)}</p>
            <p class="nothing" class:gone=move || !rows.read().is_empty()>{settings.say(Word::OutboxEmpty)}</p>
            <QueuedRows hand rows in_card=false/>
        </section>
    }
}

/// What is on its way of one incident, without what is done.
pub fn on_its_way(hand: Hand, id: IncidentId) -> Memo<Vec<Queued>> {
    Memo::new(move |_| {
        hand.outbox.queue.with(|queue| {
            let of_it = queue.of_incident(id);
            of_it
                .filter(|row| row.standing != Standing::Sent)
                .cloned()
                .collect()
        })
    })
}

/// Rows keep their place while others come and go.
#[component]
pub fn QueuedRows(hand: Hand, rows: Memo<Vec<Queued>>, in_card: bool) -> impl IntoView {
    view! {
        <ul class="queued" class:gone=move || rows.read().is_empty()>
            <For each=move || rows.get() key=|row| (row.number, row.standing as u8, row.id) children=move |row| {
                view! { <QueuedLine queued=row hand in_card/> }
            }/>
        </ul>
    }
}

/// One command and how it stands.
#[component]
fn QueuedLine(queued: Queued, hand: Hand, in_card: bool) -> impl IntoView {
    let settings = hand.settings;
    let start = hand.start();
    let (number, incident, command) = (queued.number, queued.incident, queued.command);
    let standing = queued.standing;
    let held = Memo::new(move |_| hand.outbox.queue.with(|queue| queue.is_held(number)));
    let said = move || {
        let word = match (standing, held.get()) {
            (Standing::Waiting, true) => Word::StandHeld,
            (Standing::Waiting, false) => Word::StandWaiting,
            (Standing::Sending, _) => Word::StandSending,
            (Standing::Sent, _) => Word::StandSent,
            (Standing::Refused, _) => Word::StandRefused,
        };
        word.text(settings.language.get())
    };
    let name = match standing {
        Standing::Waiting => "waiting",
        Standing::Sending => "sending",
        Standing::Sent => "sent",
        Standing::Refused => "refused",
    };
    let city = Arc::clone(&start);
    let label = move || {
        city.city
            .label(settings.language.get(), command.name())
            .to_owned()
    };
    let given_at = queued.given_at;
    let at = move || {
        time::moment(
            settings.language.get(),
            given_at,
            settings.clock.get(),
            &start.city.offsets,
        )
    };
    let photos = queued.photos;
    let refusal = queued.refusal.clone();
    view! {
        <li class="queued-line" data-testid="queued" data-standing=name data-command=command.name()>
            <span class="queued-sign" aria-hidden="true"></span>
            <span class="queued-name">{label}</span>
            <span class="queued-stand" role="status">{said}</span>
            {(!in_card).then(|| view! {
                <a class="queued-title" href=format!("#{incident}")>{queued.title}</a>
                <span class="queued-at faint">{at}</span>
            })}
            {(photos > 0).then(|| view! {
                <span class="faint">{move || Word::Photographs.filled(settings.language.get(), &[("n", &photos.to_string())])}</span>
            })}
            {(standing == Standing::Refused).then(|| view! { <Refused number hand refusal/> })}
            {(standing == Standing::Waiting && !in_card).then(|| view! {
                <button type="button" class="quiet" data-testid="drop" on:click=move |_| hand.let_go(number)>{settings.say(Word::DropIt)}</button>
            })}
        </li>
    }
}

/// Why not, what is kept, and the two ways on.
#[component]
fn Refused(number: u32, hand: Hand, refusal: Option<String>) -> impl IntoView {
    let settings = hand.settings;
    view! {
        <div class="refused" role="alert">
            <p class="problem" data-testid="refusal">{refusal}</p>
            <p class="faint">{settings.say(Word::RefusedKept)}</p>
            <div class="form-actions">
                <button type="button" class="quiet" data-testid="drop" on:click=move |_| hand.let_go(number)>{settings.say(Word::DropIt)}</button>
                <button type="button" class="primary" data-testid="again" on:click=move |_| hand.again(number)>{settings.say(Word::Again)}</button>
            </div>
        </div>
    }
}
