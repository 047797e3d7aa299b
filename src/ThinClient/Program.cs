using System.CommandLine;
using Scheduler.Client;
using Scheduler.ThinClient;

// The client commands, compiled ahead of time, so that they start in milliseconds. Everything else is left to the whole program.
var client = new ClientOptions(SettingSource.Load([]), server: null);
var root = new RootCommand();
foreach (var command in ClientCommands.Create(client))
    root.Subcommands.Add(command);
var parsed = root.Parse(args);
if (WholeProgram.IsNeededFor(parsed))
    return HandOver.Run(args);
MachineAuthorities.Hide();
return await Invocation.RunAsync(parsed, Console.Out, Console.Error);
