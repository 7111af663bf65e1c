//! Which worker carries which stream, and which must move so that all who hear each other are on
//! one worker. Pure: it answers with moves, the plane sends them.

use std::collections::{BTreeMap, BTreeSet};

use crate::{command::StreamId, recording::RecordingId, route::Route};

/// The plane's view of its streams.
#[derive(Debug)]
pub(crate) struct Table {
    streams: BTreeMap<StreamId, Placed>,
    recordings: BTreeMap<RecordingId, Recorded>,
    /// Streams on each worker.
    loads: Vec<usize>,
}

/// A recording, and those it hears, who must be where it is.
#[derive(Debug)]
struct Recorded {
    worker: usize,
    sources: Vec<StreamId>,
}

#[derive(Debug)]
struct Placed {
    worker: usize,
    /// It came by the door, and stays with the worker that has it.
    is_pinned: bool,
    hears: Vec<StreamId>,
    heard_by: Vec<StreamId>,
}

/// Streams that go from one worker to another.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Move {
    pub(crate) streams: Vec<StreamId>,
    /// What is recorded of them.
    pub(crate) recordings: Vec<RecordingId>,
    pub(crate) from: usize,
    pub(crate) to: usize,
}

impl Table {
    pub(crate) fn new(workers: usize) -> Self {
        Self { streams: BTreeMap::new(), recordings: BTreeMap::new(), loads: vec![0; workers] }
    }

    /// A browser's stream, which stays where it is; false if it is there already.
    pub(crate) fn pin(&mut self, stream: StreamId, worker: usize) -> bool {
        let is_new = self.open(stream, worker);
        if is_new && let Some(placed) = self.streams.get_mut(&stream) {
            placed.is_pinned = true;
        }
        is_new
    }

    /// False if the stream is there already.
    pub(crate) fn open(&mut self, stream: StreamId, worker: usize) -> bool {
        if self.streams.contains_key(&stream) {
            return false;
        }
        let placed = Placed { worker, is_pinned: false, hears: Vec::new(), heard_by: Vec::new() };
        self.streams.insert(stream, placed);
        self.loads[worker] += 1;
        true
    }

    pub(crate) fn worker(&self, stream: StreamId) -> Option<usize> {
        self.streams.get(&stream).map(|placed| placed.worker)
    }

    /// Forgets a stream; where it was.
    pub(crate) fn close(&mut self, stream: StreamId) -> Option<usize> {
        let Placed { worker, hears, heard_by, .. } = self.streams.remove(&stream)?;
        self.loads[worker] -= 1;
        for recorded in self.recordings.values_mut() {
            recorded.sources.retain(|source| *source != stream);
        }
        for source in hears {
            if let Some(source) = self.streams.get_mut(&source) {
                source.heard_by.retain(|id| *id != stream);
            }
        }
        for listener in heard_by {
            if let Some(listener) = self.streams.get_mut(&listener) {
                listener.hears.retain(|id| *id != stream);
            }
        }
        Some(worker)
    }

    /// Notes the rows and moves what they bring together. The route names known streams only.
    pub(crate) fn route(&mut self, route: &Route) -> Vec<Move> {
        for row in &route.rows {
            let sources = row.hears.iter().map(|heard| heard.from).collect();
            self.hear(row.listener, sources);
        }
        let mut moves = Vec::new();
        for row in &route.rows {
            moves.extend(self.gather(row.listener));
        }
        self.follow(&mut moves);
        moves
    }

    /// Notes whom a recording hears, and moves them to one worker; which one has it then. Of the
    /// sources, those that are not known are passed over.
    pub(crate) fn record(
        &mut self,
        recording: RecordingId,
        sources: impl Iterator<Item = StreamId>,
    ) -> Option<(usize, Vec<Move>)> {
        let sources: Vec<_> = sources.filter(|id| self.streams.contains_key(id)).collect();
        let known = self.recordings.get(&recording).map(|recorded| recorded.worker);
        let Some(first) = sources.first().copied() else {
            let worker = known?;
            self.recordings.insert(recording, Recorded { worker, sources });
            return Some((worker, Vec::new()));
        };
        let mut moves = Vec::new();
        let is_new = known.is_none();
        let worker = known.or_else(|| self.worker(first))?;
        self.recordings.insert(recording, Recorded { worker, sources });
        moves.extend(self.gather(first));
        let there = self.worker(first)?;
        if is_new {
            // It begins where its sources are by then.
            self.recordings.entry(recording).and_modify(|recorded| recorded.worker = there);
        }
        self.follow(&mut moves);
        Some((there, moves))
    }

    pub(crate) fn recorder(&self, recording: RecordingId) -> Option<usize> {
        self.recordings.get(&recording).map(|recorded| recorded.worker)
    }

    /// Forgets a recording; where it was.
    pub(crate) fn stop_record(&mut self, recording: RecordingId) -> Option<usize> {
        self.recordings.remove(&recording).map(|recorded| recorded.worker)
    }

    fn hear(&mut self, listener: StreamId, sources: Vec<StreamId>) {
        let Some(placed) = self.streams.get_mut(&listener) else { return };
        let before = std::mem::replace(&mut placed.hears, sources.clone());
        for source in before {
            if let Some(source) = self.streams.get_mut(&source) {
                source.heard_by.retain(|id| *id != listener);
            }
        }
        for source in sources {
            if let Some(source) = self.streams.get_mut(&source)
                && !source.heard_by.contains(&listener)
            {
                source.heard_by.push(listener);
            }
        }
    }

    /// Brings all that hang together with `stream` to the worker that has a browser among them,
    /// else to the one that has most of them, or of two equals the one with less to do.
    fn gather(&mut self, stream: StreamId) -> Vec<Move> {
        let group = self.group(stream);
        let mut on_worker: BTreeMap<usize, Vec<StreamId>> = BTreeMap::new();
        for id in group {
            if let Some(placed) = self.streams.get(&id) {
                on_worker.entry(placed.worker).or_default().push(id);
            }
        }
        let is_pinned = |id: &StreamId| self.streams.get(id).is_some_and(|placed| placed.is_pinned);
        let rank = |(worker, ids): (&usize, &Vec<StreamId>)| {
            let pinned = ids.iter().any(is_pinned);
            (pinned, ids.len(), std::cmp::Reverse(self.loads[*worker]), std::cmp::Reverse(*worker))
        };
        let Some((&to, _)) = on_worker.iter().max_by_key(|(worker, ids)| rank((worker, ids)))
        else {
            return Vec::new();
        };
        on_worker.remove(&to);
        for (from, ids) in &on_worker {
            self.loads[*from] -= ids.len();
            self.loads[to] += ids.len();
            for id in ids {
                if let Some(placed) = self.streams.get_mut(id) {
                    placed.worker = to;
                }
            }
        }
        let moved = |(from, streams)| Move { streams, recordings: Vec::new(), from, to };
        on_worker.into_iter().map(moved).collect()
    }

    /// Recordings go after those they hear, who are on one worker by now.
    fn follow(&mut self, moves: &mut Vec<Move>) {
        for (id, recorded) in &mut self.recordings {
            let Some(source) = recorded.sources.first() else { continue };
            let Some(to) = self.streams.get(source).map(|placed| placed.worker) else { continue };
            let from = std::mem::replace(&mut recorded.worker, to);
            if from == to {
                continue;
            }
            match moves.iter_mut().find(|step| (step.from, step.to) == (from, to)) {
                Some(step) => step.recordings.push(*id),
                None => moves.push(Move { streams: vec![], recordings: vec![*id], from, to }),
            }
        }
    }

    /// All that hear or are heard by `stream`, or are recorded with it, directly or through others.
    fn group(&self, stream: StreamId) -> BTreeSet<StreamId> {
        let mut group = BTreeSet::from([stream]);
        let mut open = vec![stream];
        while let Some(id) = open.pop() {
            let Some(placed) = self.streams.get(&id) else { continue };
            let neighbours = placed.hears.iter().chain(&placed.heard_by);
            open.extend(neighbours.filter(|id| group.insert(**id)));
            let together = |recorded: &&Recorded| recorded.sources.contains(&id);
            let recorded = self.recordings.values().filter(together);
            open.extend(recorded.flat_map(|r| &r.sources).filter(|id| group.insert(**id)));
        }
        group
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::route::{Heard, Row};

    fn id(id: u64) -> StreamId {
        StreamId(id)
    }

    fn moved(stream: u64, from: usize, to: usize) -> Move {
        Move { streams: vec![id(stream)], recordings: vec![], from, to }
    }

    /// Two who are recorded together stay together while neither hears the other, and their
    /// recording is always where they are.
    #[test]
    fn a_recording_goes_where_those_go_whom_it_hears() {
        const TAPE: RecordingId = RecordingId(9);
        let mut table = Table::new(3);
        table.open(id(1), 0);
        table.open(id(2), 1);
        let (worker, moves) = table.record(TAPE, [id(1), id(2)].into_iter()).unwrap();
        assert_eq!((worker, moves), (0, vec![moved(2, 1, 0)]));
        for stream in [3, 4, 5] {
            table.open(id(stream), 2);
        }
        table.route(&Route::between(id(3), id(4)));
        table.route(&Route::between(id(4), id(5)));
        table.route(&Route::between(id(3), id(5)));
        // A route of one of them takes the other along.
        let rows = [3, 4, 5].map(|other| Row::relay(id(other), id(1)));
        let moves = table.route(&Route { rows: rows.to_vec() });
        let streams = vec![id(1), id(2)];
        assert_eq!(moves, [Move { streams, recordings: vec![TAPE], from: 0, to: 2 }]);
        assert_eq!(table.recorder(TAPE), Some(2));
        // And one that hears somebody else altogether comes there by itself.
        table.open(id(6), 1);
        let (worker, moves) = table.record(TAPE, [id(6)].into_iter()).unwrap();
        let expected = Move { streams: vec![], recordings: vec![TAPE], from: 2, to: 1 };
        assert_eq!((worker, moves), (1, vec![expected]));
        assert_eq!((table.stop_record(TAPE), table.recorder(TAPE)), (Some(1), None));
    }

    #[test]
    fn two_who_talk_come_to_one_worker() {
        let mut table = Table::new(2);
        table.open(id(1), 0);
        table.open(id(2), 1);
        table.open(id(3), 1);
        let moves = table.route(&Route::between(id(1), id(2)));
        // Worker 0 carries less.
        assert_eq!(moves, [moved(2, 1, 0)]);
        assert_eq!((table.worker(id(2)), &table.loads[..]), (Some(0), &[2, 1][..]));
        assert_eq!(table.route(&Route::between(id(1), id(2))), []);
    }

    /// A browser comes by a socket that one worker has.
    #[test]
    fn whoever_talks_with_a_browser_comes_to_it() {
        let mut table = Table::new(2);
        assert!(table.pin(id(1), 0) && !table.pin(id(1), 0));
        assert!(table.open(id(2), 1) && table.open(id(3), 1));
        table.route(&Route::between(id(2), id(3)));
        let moves = table.route(&Route { rows: vec![Row::relay(id(1), id(2))] });
        assert_eq!(
            moves,
            [Move { streams: vec![id(2), id(3)], recordings: vec![], from: 1, to: 0 }]
        );
    }

    #[test]
    fn a_supervisor_goes_to_the_call() {
        let mut table = Table::new(2);
        assert!(table.open(id(1), 0) && table.open(id(2), 0));
        table.open(id(3), 1);
        table.route(&Route::between(id(1), id(2)));
        let heard = |from| Heard { from, gain_db: 0 };
        let row = Row { listener: id(3), hears: vec![heard(id(1)), heard(id(2))] };
        let moves = table.route(&Route { rows: vec![row] });
        assert_eq!(moves, [moved(3, 1, 0)]);
    }

    #[test]
    fn who_has_hung_up_holds_nobody_together() {
        let mut table = Table::new(2);
        assert!((1..=3).all(|stream| table.open(id(stream), 0)));
        table.route(&Route::between(id(1), id(2)));
        table.close(id(1));
        table.open(id(4), 1);
        table.open(id(5), 1);
        table.route(&Route::between(id(4), id(5)));
        let moves = table.route(&Route { rows: vec![Row::relay(id(2), id(4))] });
        assert_eq!(moves, [moved(2, 0, 1)]);
    }

    proptest! {
        /// After any routes, whoever hears another is on the same worker, and the loads are true.
        #[test]
        fn who_hears_is_where_the_source_is(
            routes in prop::collection::vec((0u64..12, 0u64..12, any::<bool>()), 1..40),
        ) {
            let mut table = Table::new(3);
            for stream in 0..12 {
                table.open(id(stream), usize::try_from(stream % 3).unwrap());
            }
            for (listener, source, hears) in routes {
                let row = if hears {
                    Row::relay(id(listener), id(source))
                } else {
                    Row { listener: id(listener), hears: vec![] }
                };
                table.route(&Route { rows: vec![row] });
                for placed in table.streams.values() {
                    for source in &placed.hears {
                        prop_assert_eq!(table.worker(*source), Some(placed.worker));
                    }
                }
            }
            for (worker, load) in table.loads.iter().enumerate() {
                let there = table.streams.values().filter(|p| p.worker == worker).count();
                prop_assert_eq!(there, *load);
            }
        }
    }
}
