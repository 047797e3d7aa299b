using System.CommandLine;
using System.Diagnostics;
using System.Text.Json.Nodes;
using Scheduler.Client.Apply;
using Scheduler.Client.Output;
using Scheduler.Client.Rollouts;
using Scheduler.Contracts.V1;
using Scheduler.Models;

namespace Scheduler.Client.Commands;

/// <summary><c>scheduler apply</c></summary>
internal static class ApplyCommand
{
    private const string Help = """
        Create LRPs and tasks, or make existing LRPs as files describe them

        Examples:
          scheduler apply -f web.yaml --wait
          scheduler apply -f apps/ --diff    (shows what would change; changes nothing)
          scheduler apply -f - < web.yaml

        A file may have several documents, separated by ---; of a directory, all .yaml, .yml and .json files are read. Everything is
        validated before anything is changed. Instances, routes, annotation, metric tags and image credentials change while the
        instances run; for any other change, lrp rollout replaces the instances one by one. A file without instances leaves their number
        as it is. A task, which has kind: task, runs once: one that exists is left alone if it is the same, and refused otherwise. With
        --diff, exit code 1 if something would change.
        """;

    public static Command Create(ClientOptions client)
    {
        var command = new Command("apply").Explain(Help);
        var files = new Option<string[]>("--file", "-f")
        {
            Description = "YAML or JSON file, or a directory of them; - reads stdin; may be repeated",
            HelpName = "FILE|DIR",
            Required = true,
        }.NeedsWholeProgram(); // The server's rules are there.
        var diff = new Option<bool>("--diff") { Description = "Show what would change, and change nothing" };
        var dryRun = DryRun.Option();
        var flags = new RolloutFlags();
        var wait = new WaitFlags("all instances are running and all tasks have completed");
        foreach (var option in (Option[])[files, diff, dryRun])
            command.Options.Add(option);
        flags.AddTo(command);
        wait.AddTo(command);
        command.SetAction(
            async (parsed, cancellationToken) =>
            {
                var printer = client.Printer(parsed);
                var wanted = WorkFiles.ReadAll(parsed.GetValue(files)!);
                WorkFiles.ForAll(wanted, one => one.Source, one => one.Check(client.Server));
                if (parsed.GetValue(dryRun))
                {
                    foreach (var one in wanted)
                        printer.Json(one.Message);
                    return ExitCodes.Ok;
                }

                _ = (flags.Times(parsed), flags.Plan(parsed, null, RolloutPause.None)); // says what is wrong with them before anything is done
                using var session = client.Open(parsed);
                var steps = new List<ApplyStep>();
                foreach (var one in wanted)
                    steps.Add(await DecideAsync(session, one, flags, wait, cancellationToken));
                if (parsed.GetValue(diff))
                    return PrintDiff(printer, steps);

                WorkFiles.ForAll(steps, step => step.Wanted.Source, step => step.EnsurePossible());
                foreach (var step in steps)
                    Report(printer, step, await step.ApplyAsync(session, printer, parsed, cancellationToken));

                var code = ExitCodes.Ok;
                foreach (var step in steps)
                    code = Math.Max(code, await step.WaitAsync(session, printer, parsed, cancellationToken));
                return code;
            }
        );
        return client.On(command);
    }

    private static async Task<ApplyStep> DecideAsync(
        ClientSession session,
        WantedWork wanted,
        RolloutFlags flags,
        WaitFlags wait,
        CancellationToken cancellationToken
    ) =>
        wanted switch
        {
            WantedLrp lrp => new ApplyLrpStep(lrp, await App.FindAsync(session, lrp.Name, cancellationToken), flags, wait),
            WantedTask task => new ApplyTaskStep(task, await FindTaskAsync(session, task.Name, cancellationToken), wait),
            _ => throw new UnreachableException($"{wanted.Source} is of no known kind"),
        };

    private static async Task<OneOffTask?> FindTaskAsync(ClientSession session, string name, CancellationToken cancellationToken)
    {
        try
        {
            return (await session.Tasks.GetAsync(new GetTaskRequest { TaskGuid = name }, session.Call(cancellationToken))).Task;
        }
        catch (DomainException missing) when (missing.Kind == ErrorKind.ResourceNotFound)
        {
            return null;
        }
    }

    private static int PrintDiff(Printer printer, IReadOnlyList<ApplyStep> steps)
    {
        foreach (var step in steps)
        {
            var lines = step.Diff();
            if (printer.IsJson)
            {
                printer.Json(
                    new JsonObject
                    {
                        ["name"] = step.Wanted.Name,
                        ["kind"] = step.Wanted.Kind,
                        ["change"] = step.Intent,
                        ["lines"] = new JsonArray([.. lines.Select(line => JsonValue.Create(line))]),
                    }
                );
                continue;
            }

            printer.Line($"{step.Wanted.Title}: {step.Intent}");
            foreach (var line in lines)
                printer.Line($"  {line}");
        }

        return steps.All(step => step.IsNone) ? ExitCodes.Ok : ExitCodes.Failed;
    }

    private static void Report(Printer printer, ApplyStep step, string result)
    {
        if (printer.IsJson)
            printer.Json(
                new JsonObject
                {
                    ["name"] = step.Wanted.Name,
                    ["kind"] = step.Wanted.Kind,
                    ["result"] = result.Split(' ')[0],
                }
            );
        else
            printer.Line($"{step.Wanted.Title}: {result}");
    }
}
