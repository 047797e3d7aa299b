using Scheduler.Rep.Reports;
using Scheduler.Rep.Runs;

namespace Scheduler.Rep.Cell;

/// <summary>A container that a client wants to reach into.</summary>
/// <param name="Name">As people know it: <c>web/0</c>, or the guid of a task.</param>
/// <param name="Work">Null while it is only reserved, or if its journal is unreadable.</param>
internal sealed record AccessSubject(string ContainerGuid, string Name, ContainerPhase Phase, WorkDefinition? Work);
