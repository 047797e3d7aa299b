using System.CommandLine;

namespace Scheduler.Client;

/// <summary>A command that decides itself what signals mean: they may be for a process elsewhere.</summary>
internal sealed class SignalledCommand(string name) : Command(name);
