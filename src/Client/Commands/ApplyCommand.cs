using System.CommandLine;
using System.Text.Json.Nodes;
using Scheduler.Client.Apply;
using Scheduler.Client.Output;
using Scheduler.Client.Rollouts;
using Scheduler.Contracts.V1;
using Scheduler.Models;
using FieldViolation = Scheduler.Models.FieldViolation;

namespace Scheduler.Client.Commands;

/// <summary><c>scheduler apply</c></summary>
internal static class ApplyCommand
{
    private const string Help = """
        Create LRPs, or make existing ones as files describe them

        Examples:
          scheduler apply -f web.yaml --wait
          scheduler apply -f apps/ --diff    (shows what would change; changes nothing)
          scheduler apply -f - < web.yaml

        A file may have several documents, separated by ---; of a directory, all .yaml, .yml and .json files are read. Everything is
        validated before anything is changed. Instances, routes, annotation, metric tags and image credentials change while the
        instances run; for any other change, lrp rollout replaces the instances one by one. A file without instances leaves their number
        as it is. With --diff, exit code 1 if something would change.
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
        var wait = new WaitFlags("all instances are running");
        foreach (var option in (Option[])[files, diff, dryRun])
            command.Options.Add(option);
        flags.AddTo(command);
        wait.AddTo(command);
        command.SetAction(
            async (parsed, cancellationToken) =>
            {
                var printer = client.Printer(parsed);
                var wanted = WantedLrp.ReadAll(parsed.GetValue(files)!);
                Check(client.Server, wanted);
                if (parsed.GetValue(dryRun))
                {
                    foreach (var one in wanted)
                        printer.Json(one.Lrp);
                    return ExitCodes.Ok;
                }

                _ = (flags.Times(parsed), flags.Plan(parsed, null, RolloutPause.None)); // says what is wrong with them before anything is done
                using var session = client.Open(parsed);
                var steps = new List<Step>();
                foreach (var one in wanted)
                    steps.Add(await DecideAsync(session, one, cancellationToken));
                if (parsed.GetValue(diff))
                    return PrintDiff(printer, steps);

                foreach (var step in steps)
                    step.App?.Changeable();
                foreach (var step in steps)
                {
                    var result = step is { App: { } app, Change.NeedsVersion: true }
                        ? await RollOutAsync(session, printer, app, step, parsed, flags, cancellationToken)
                        : await ApplyAsync(session, step, cancellationToken);
                    Report(printer, step.Name, result);
                }

                foreach (var step in steps.Where(step => step.Change is not { NeedsVersion: true }))
                    await wait.UntilRunningAsync(parsed, session, printer, step.Guid, step.Instances, cancellationToken, step.Name);
                return ExitCodes.Ok;
            }
        );
        return client.On(command);
    }

    private static void Check(IServerCode server, IReadOnlyList<WantedLrp> wanted)
    {
        var violations = new List<FieldViolation>();
        foreach (var one in wanted)
        {
            WantedLrp.Try(
                one.Source,
                violations,
                () =>
                {
                    server.Check(new DesireLRPRequest { DesiredLrp = one.Lrp });
                    return one;
                }
            );
        }

        if (violations.Count > 0)
            throw DomainError.Invalid(violations).ToException();
    }

    private static async Task<Step> DecideAsync(ClientSession session, WantedLrp wanted, CancellationToken cancellationToken)
    {
        var app = await App.FindAsync(session, wanted.Lrp.ProcessGuid, cancellationToken);
        if (app is null)
            return new Step(wanted, null, null);
        wanted = wanted with { Lrp = LrpChange.WithCredentials(app.Current, wanted.Lrp) };
        return new Step(wanted, app, LrpChange.Between(app.Current, wanted.Lrp, !wanted.HasInstances));
    }

    private static int PrintDiff(Printer printer, IReadOnlyList<Step> steps)
    {
        foreach (var step in steps)
        {
            var lines = step.Change is { IsNone: true } ? [] : LrpDiff.Lines(step.App?.Current, step.Wanted.Lrp, !step.Wanted.HasInstances);
            if (printer.IsJson)
            {
                printer.Json(
                    new JsonObject
                    {
                        ["name"] = step.Name,
                        ["change"] = step.Intent,
                        ["lines"] = new JsonArray([.. lines.Select(line => JsonValue.Create(line))]),
                    }
                );
                continue;
            }

            printer.Line($"{step.Name}: {step.Intent}");
            foreach (var line in lines)
                printer.Line($"  {line}");
        }

        return steps.All(step => step.Change is { IsNone: true }) ? ExitCodes.Ok : ExitCodes.Failed;
    }

    private static async Task<string> RollOutAsync(
        ClientSession session,
        Printer printer,
        App app,
        Step step,
        ParseResult parsed,
        RolloutFlags flags,
        CancellationToken cancellationToken
    )
    {
        var plan = flags.Plan(parsed, step.Wanted.HasInstances ? step.Wanted.Lrp.Instances : null, RolloutPause.None);
        await LrpRolloutCommand.StartAsync(session, printer, app, step.Wanted.Lrp, plan, flags.Times(parsed), cancellationToken);
        return "updated (new version)";
    }

    private static async Task<string> ApplyAsync(ClientSession session, Step step, CancellationToken cancellationToken)
    {
        if (step.Change is not { } change)
        {
            await session.DesiredLrps.DesireAsync(new DesireLRPRequest { DesiredLrp = step.Wanted.Lrp }, session.Call(cancellationToken));
            return "created";
        }

        if (change.Update is not { } update)
            return "unchanged";
        await session.DesiredLrps.UpdateAsync(
            new UpdateDesiredLRPRequest { ProcessGuid = step.Guid, Update = update },
            session.Call(cancellationToken)
        );
        return $"updated ({string.Join(", ", change.Fields)})";
    }

    private static void Report(Printer printer, string name, string result)
    {
        if (printer.IsJson)
            printer.Json(new JsonObject { ["name"] = name, ["result"] = result.Split(' ')[0] });
        else
            printer.Line($"{name}: {result}");
    }

    /// <param name="App">Null to create it.</param>
    /// <param name="Change">Null to create it.</param>
    private sealed record Step(WantedLrp Wanted, App? App, LrpChange? Change)
    {
        public string Name => Wanted.Lrp.ProcessGuid;

        /// <summary>The LRP of the current version.</summary>
        public string Guid => App?.Current.ProcessGuid ?? Name;

        public int Instances => App is null || Wanted.HasInstances ? Wanted.Lrp.Instances : App.Current.Instances;

        public string Intent =>
            Change switch
            {
                null => "would be created",
                { IsNone: true } => "unchanged",
                { NeedsVersion: true } => "would be rolled out to a new version",
                _ => "would be updated in place",
            };
    }
}
