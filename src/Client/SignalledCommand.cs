using System.CommandLine;

namespace Scheduler.Cli;

/// <summary>A command that decides itself what signals mean: they may be for a process elsewhere.</summary>
internal sealed class SignalledCommand(string name) : Command(name);
