#include "check/Register.h"

namespace heddle {
namespace {

constexpr std::string_view Early =
    "'%0' is waited for before any task is added to it; the wait is over at once and does not cover the tasks that are "
    "added later; wait after the last one is added";
constexpr std::string_view Starved =
    "'%0' is waited for before the tasks that count it down are started; the wait never ends; start the tasks first";

// The states of a group, a container of handles, or a count:
//   fresh   made here, nothing added
//   busy    tasks were added
//   waited  waited for while nothing had been added
//   late    tasks were added after that wait, and none since has waited for them
const Automaton Waiting = {
    .Tracks = {Role::Group, Role::Latch, Role::Container},
    .Start = "fresh",
    .AtEntry = {},
    .Rows =
        {
            {"fresh", Op::Spawn, "busy"},
            {"fresh", Op::Enter, "busy"},
            {"fresh", Op::Insert, "busy"},
            {"fresh", Op::Leave, "busy"},
            {"fresh", Op::Spawn, "busy", {}, {}, Via::Later},
            {"fresh", Op::Leave, "busy", {}, {}, Via::Later},
            {"fresh", Op::Wait, "waited", {}, "'%0' is waited for here, while no task has been added"},
            {"fresh", Op::Join, "waited", {}, "'%0' is waited for here, while no task has been added"},
            {"fresh", Op::Await, "waited", {}, "'%0' is waited for here, while no task has been added"},
            {"fresh", Op::Consume, "waited", {}, "'%0' is waited for here, while no task has been added"},
            {"waited", Op::Spawn, "late", {}, "the task is added here, after the wait"},
            {"waited", Op::Insert, "late", {}, "the task is added here, after the wait"},
            {"waited", Op::Enter, "late", {}, "the task is added here, after the wait"},
            {.From = "waited", .On = Op::Leave, .To = "error", .Message = Starved, .How = Via::Later, .Where = ReportAt::Cause},
            {.From = "waited", .On = Op::Leave, .To = "error", .Message = Starved, .Where = ReportAt::Cause},
            {"late", Op::Wait, "busy"},
            {"late", Op::Join, "busy"},
            {"late", Op::Await, "busy"},
            {"late", Op::Consume, "busy"},
            {"late", Op::Wait, "gone", {}, {}, Via::Later},
            {.From = "late", .On = Op::End, .To = "error", .Message = Early, .Where = ReportAt::Cause},
        },
    .LoopsRun = true,
    .SharedEnds = true,
};

const AutomatonCheck Check({.Name = "wait-before-spawn",
                            .Family = "tasks",
                            .Level = Tier::Bug,
                            .Summary = "Finds groups of tasks that are waited for before the tasks are added.",
                            .Rows = "S3"},
                           Waiting);

} // namespace
} // namespace heddle
