using System.CommandLine;
using Scheduler.Client.Specs;
using Scheduler.Contracts.V1;

namespace Scheduler.Client.Commands;

/// <summary><c>scheduler task create</c></summary>
internal static class TaskCreateCommand
{
    private const string Help = """
        Run a task

        Examples:
          scheduler task create hello --image busybox --result-file /tmp/out --wait -- /bin/sh -c 'echo hi > /tmp/out'
          scheduler task create -f migrate.yaml --wait

        With --wait, exit code 0 if the task succeeded, 1 if it failed. Without NAME, a name is generated.
        """;

    public static Command Create(ClientOptions client)
    {
        var command = new Command("create").Explain(Help);
        var flags = new WorkFlags("[NAME]");
        var resultFile = new Option<string?>("--result-file")
        {
            Description = "File in the container whose content becomes the task's result",
            HelpName = "PATH",
        };
        var callback = new Option<string?>("--callback") { Description = "URL to call when the task has completed", HelpName = "URL" };
        var dryRun = DryRun.Option();
        var login = new DockerLogin(client);
        var wait = new WaitFlags("the task has completed");
        flags.AddTo(command);
        login.AddTo(command);
        foreach (var option in (Option[])[resultFile, callback, dryRun])
            command.Options.Add(option);
        wait.AddTo(command);
        command.SetAction(
            async (parsed, cancellationToken) =>
            {
                var printer = client.Printer(parsed);
                var task = Read(parsed, flags, resultFile, callback);
                var work = task.TaskDefinition;
                var found = await login.FindAsync(parsed, work.RootFs, work.ImageUsername, cancellationToken);
                if (found is { } stored)
                    (work.ImageUsername, work.ImagePassword) = (stored.User, stored.Password);
                var request = new DesireTaskRequest
                {
                    TaskGuid = task.TaskGuid,
                    Domain = task.Domain,
                    TaskDefinition = work,
                };
                if (parsed.GetValue(dryRun))
                {
                    client.Server.Check(request);
                    if (found is not null)
                        work.ImagePassword = ""; // nobody has typed it, so nobody expects to read it
                    printer.Json(task);
                    return ExitCodes.Ok;
                }

                using var session = client.Open(parsed);
                await session.Tasks.DesireAsync(request, session.Call(cancellationToken));
                printer.Note($"{task.TaskGuid}: desired");
                return wait.IsAsked(parsed)
                    ? await TaskWaitCommand.WaitAsync(session, printer, task.TaskGuid, wait.Limit(parsed), cancellationToken)
                    : ExitCodes.Ok;
            }
        );
        return command;
    }

    private static OneOffTask Read(ParseResult parsed, WorkFlags flags, Option<string?> resultFile, Option<string?> callback)
    {
        var file = flags.File(parsed);
        if (file is not null && TaskSpec.IsDiego(file))
        {
            var task = TaskSpec.ReadDiego(file);
            task.TaskGuid = flags.OnlyName(parsed, resultFile, callback) ?? task.TaskGuid;
            return task;
        }

        var spec = file is null ? new TaskSpec() : TaskSpec.Read(file);
        flags.Apply(parsed, spec);
        spec.ResultFile = parsed.GetValue(resultFile) ?? spec.ResultFile;
        spec.CallbackUrl = parsed.GetValue(callback) ?? spec.CallbackUrl;
        return spec.ToMessage($"task-{Guid.NewGuid():N}"[..17]);
    }
}
