//! What must have come before what, and cycles in it.
//!
//! The nodes are transactions, the edges are those of Adya: *ww*, the first wrote what the second
//! replaced; *wr*, the second read what the first wrote; *rw*, the second replaced what the first
//! read, or changed what it searched for; and real time, the first had ended before the second
//! began. A history is serializable, in an order that respects real time, if there is no cycle.
//!
//! That is decided by one search for strongly connected components (Tarjan, *Depth-First Search and
//! Linear Graph Algorithms*, 1972), linear in the edges. Only where there is a component of several
//! nodes are the kinds of edges looked at, to show the worst cycle there is and give it its name, as
//! Elle does (Kingsbury and Alvaro, *Elle: Inferring Isolation Anomalies from Experimental
//! Observations*, 2020).

use std::collections::{HashMap, HashSet, VecDeque};
use std::fmt::{self, Write};

/// A record: the number of its collection, and its id.
pub(crate) type Place = (usize, u32);

/// Why one transaction comes before another.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Kind {
    /// The second replaced what the first wrote.
    Ww,
    /// The second read what the first wrote.
    Wr,
    /// The second replaced what the first read.
    Rw,
    /// The second wrote what the first searched for and did not find.
    RwPredicate,
    /// The first had ended before the second began.
    RealTime,
    /// From one node to the next of a chain that stands for many edges; says nothing by itself.
    Chain,
}

impl Kind {
    fn is_anti_dependency(self) -> bool {
        matches!(self, Self::Rw | Self::RwPredicate)
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Ww => "replaced by (ww)",
            Self::Wr => "read by (wr)",
            Self::Rw => "did not see the write of (rw)",
            Self::RwPredicate => "searched and did not find the write of (rw, predicate)",
            Self::RealTime => "ended before the beginning of (real time)",
            Self::Chain => "and so",
        })
    }
}

/// The name of a cycle, from the worst.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Anomaly {
    /// Writes alone.
    G0,
    /// Writes and reads.
    G1c,
    /// One read that did not see a write.
    GSingle,
    /// Several, all of records.
    G2Item,
    /// Several, at least one of them by a search.
    G2,
}

/// A cycle: its nodes, each with the edge to the next.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Cycle {
    pub(crate) anomaly: Anomaly,
    /// Whether there is one only together with real time.
    pub(crate) in_real_time: bool,
    pub(crate) edges: Vec<(usize, Kind, Option<Place>)>,
}

impl Cycle {
    /// The cycle with its transactions, as told by `tell`, and why each comes before the next.
    pub(crate) fn describe(&self, tell: impl Fn(usize) -> String) -> String {
        let time = if self.in_real_time { " in real time" } else { "" };
        let mut text = format!("{:?}{time}, a cycle of {}:\n", self.anomaly, self.edges.len());
        let next = self.edges.iter().cycle().skip(1);
        for (node, ..) in &self.edges {
            writeln!(text, "  T{node}: {}", tell(*node)).expect("text takes everything");
        }
        for ((node, kind, about), (next, ..)) in self.edges.iter().zip(next) {
            let about = about.map(|place| format!(", record {place:?}")).unwrap_or_default();
            writeln!(text, "  T{node} {kind} T{next}{about}").expect("text takes everything");
        }
        text
    }
}

struct Edge {
    to: usize,
    kind: Kind,
    /// The record it is about, where it is about one.
    about: Option<Place>,
}

/// Nodes, of which the first are transactions and the others belong to chains.
pub(crate) struct Graph {
    transactions: usize,
    edges: Vec<Vec<Edge>>,
}

impl Graph {
    pub(crate) fn new(transactions: usize) -> Self {
        Self { transactions, edges: (0..transactions).map(|_| Vec::new()).collect() }
    }

    pub(crate) fn add(&mut self, from: usize, kind: Kind, to: usize, about: Option<Place>) {
        if from != to {
            let edge = Edge { to, kind, about };
            self.edges.get_mut(from).expect("the node is there").push(edge);
        }
    }

    /// A chain that leads to these transactions, each node to its transaction and to the next node.
    /// Gives the nodes, so that an edge to one of them stands for edges to all that follow.
    pub(crate) fn chain(&mut self, transactions: impl IntoIterator<Item = usize>) -> Vec<usize> {
        let mut nodes: Vec<usize> = Vec::new();
        for to in transactions {
            let node = self.edges.len();
            self.edges.push(Vec::new());
            self.add(node, Kind::Chain, to, None);
            if let Some(before) = nodes.last() {
                self.add(*before, Kind::Chain, node, None);
            }
            nodes.push(node);
        }
        nodes
    }

    /// Adds real time: each transaction comes before all that begin after its end.
    pub(crate) fn real_time(&mut self, times: &[(u64, u64)]) {
        let mut begins: Vec<(u64, usize)> =
            times.iter().enumerate().map(|(node, (begin, _))| (*begin, node)).collect();
        begins.sort_unstable();
        let chain = self.chain(begins.iter().map(|(_, node)| *node));
        for (node, (_, end)) in times.iter().enumerate() {
            let next = begins.partition_point(|(begin, _)| begin <= end);
            if let Some(to) = chain.get(next) {
                self.add(node, Kind::RealTime, *to, None);
            }
        }
    }

    /// The worst cycle, if there is any.
    pub(crate) fn cycle(&self) -> Option<Cycle> {
        self.component(|_| true)?;
        for in_real_time in [false, true] {
            let allowed = |kind: Kind| kind != Kind::RealTime || in_real_time;
            let written = |kind| allowed(kind) && !kind.is_anti_dependency() && kind != Kind::Wr;
            let read = |kind| allowed(kind) && !kind.is_anti_dependency();
            let item = |kind| allowed(kind) && kind != Kind::RwPredicate;
            let found = self.any_cycle(written).map(|edges| (Anomaly::G0, edges));
            let found = found.or_else(|| self.any_cycle(read).map(|edges| (Anomaly::G1c, edges)));
            let found = found.or_else(|| Some((Anomaly::GSingle, self.single(read, allowed)?)));
            let found = found.or_else(|| Some((Anomaly::G2Item, self.any_cycle(item)?)));
            let found = found.or_else(|| Some((Anomaly::G2, self.any_cycle(allowed)?)));
            if let Some((anomaly, edges)) = found {
                return Some(Cycle { anomaly, in_real_time, edges: self.named(&edges) });
            }
        }
        None
    }

    /// A cycle of edges of such kinds.
    fn any_cycle(&self, allowed: impl Fn(Kind) -> bool) -> Option<Vec<(usize, &Edge)>> {
        let component = self.component(&allowed)?;
        let inside = |node: usize| component.contains(&node);
        // A transaction to start from, since chains alone make no cycle.
        let start = component.iter().copied().filter(|node| *node < self.transactions).min()?;
        self.path(start, start, |edge| allowed(edge.kind) && inside(edge.to))
    }

    /// A cycle of one edge against which reads stand, and others of such kinds.
    fn single(
        &self,
        others: impl Fn(Kind) -> bool,
        allowed: impl Fn(Kind) -> bool,
    ) -> Option<Vec<(usize, &Edge)>> {
        let component = self.component(&allowed)?;
        let inside = |node: usize| component.contains(&node);
        let mut nodes: Vec<usize> = component.iter().copied().collect();
        nodes.sort_unstable();
        let edges = nodes.iter().flat_map(|from| self.after(*from).map(move |edge| (*from, edge)));
        let mut anti = edges.filter(|(_, edge)| edge.kind.is_anti_dependency() && inside(edge.to));
        anti.find_map(|(from, edge)| {
            let back = self.path(edge.to, from, |edge| others(edge.kind) && inside(edge.to))?;
            Some([vec![(from, edge)], back].concat())
        })
    }

    fn after(&self, node: usize) -> impl Iterator<Item = &Edge> {
        self.edges.get(node).into_iter().flatten()
    }

    /// A shortest path of one edge or more.
    fn path(
        &self,
        from: usize,
        to: usize,
        allowed: impl Fn(&Edge) -> bool,
    ) -> Option<Vec<(usize, &Edge)>> {
        let mut came: HashMap<usize, (usize, &Edge)> = HashMap::new();
        let mut waiting = VecDeque::from([from]);
        while let Some(node) = waiting.pop_front() {
            for edge in self.after(node).filter(|edge| allowed(edge)) {
                if came.contains_key(&edge.to) {
                    continue;
                }
                came.insert(edge.to, (node, edge));
                waiting.push_back(edge.to);
            }
            if came.contains_key(&to) {
                break;
            }
        }
        let mut path = Vec::new();
        let mut node = to;
        loop {
            let (before, edge) = came.get(&node)?;
            path.push((*before, *edge));
            node = *before;
            if node == from {
                path.reverse();
                return Some(path);
            }
        }
    }

    /// The cycle without the nodes of chains: an edge into one goes on to where the chain is left.
    fn named(&self, edges: &[(usize, &Edge)]) -> Vec<(usize, Kind, Option<Place>)> {
        let real = edges.iter().filter(|(from, _)| *from < self.transactions);
        real.map(|(from, edge)| (*from, edge.kind, edge.about)).collect()
    }

    /// The nodes of a strongly connected component of more than one node, over edges of such kinds,
    /// if there is one.
    #[expect(
        clippy::indexing_slicing,
        reason = "all three lists are as long as the nodes are many"
    )]
    fn component(&self, allowed: impl Fn(Kind) -> bool) -> Option<HashSet<usize>> {
        const UNSEEN: usize = usize::MAX;
        let count = self.edges.len();
        let (mut index, mut low) = (vec![UNSEEN; count], vec![UNSEEN; count]);
        let (mut on_stack, mut stack, mut seen) = (vec![false; count], Vec::new(), 0);
        for root in 0..count {
            // Not a recursion: paths are as long as the history. A call is a node and its next edge.
            let mut calls = if index[root] == UNSEEN { vec![(root, 0)] } else { vec![] };
            while let Some((node, next)) = calls.last_mut() {
                let node = *node;
                if index[node] == UNSEEN {
                    (index[node], low[node], on_stack[node]) = (seen, seen, true);
                    seen += 1;
                    stack.push(node);
                }
                if let Some(edge) = self.edges[node].get(*next) {
                    *next += 1;
                    if allowed(edge.kind) && index[edge.to] == UNSEEN {
                        calls.push((edge.to, 0));
                    } else if allowed(edge.kind) && on_stack[edge.to] {
                        low[node] = low[node].min(index[edge.to]);
                    }
                    continue;
                }
                calls.pop();
                if let Some((parent, _)) = calls.last() {
                    low[*parent] = low[*parent].min(low[node]);
                }
                if low[node] == index[node] {
                    let start = stack.iter().rposition(|other| *other == node).unwrap_or_default();
                    let component = stack.split_off(start);
                    if component.len() > 1 {
                        return Some(component.into_iter().collect());
                    }
                    on_stack[node] = false;
                }
            }
        }
        None
    }
}
