using Google.Protobuf;
using Scheduler.Client.Files;
using Scheduler.Client.Specs;
using Scheduler.Contracts.V1;
using Scheduler.Models;

namespace Scheduler.Client.Apply;

/// <summary>A task as a document describes it.</summary>
/// <param name="Task">Its guid, domain and definition; the server sets the other fields.</param>
internal sealed record WantedTask(string Source, OneOffTask Task) : WantedWork(Source)
{
    public override string Name => Task.TaskGuid;

    public override string Kind => WorkSpec.TaskKind;

    public override string Title => $"{Kind}/{Name}";

    public override IMessage Message => Task;

    public DesireTaskRequest Request =>
        new()
        {
            TaskGuid = Task.TaskGuid,
            Domain = Task.Domain,
            TaskDefinition = Task.TaskDefinition,
        };

    /// <exception cref="DomainException">The document breaks a rule, or has no name.</exception>
    public static WantedTask Read(SpecFile document)
    {
        if (TaskSpec.IsDiego(document))
            return new WantedTask(document.Name, TaskSpec.ReadDiego(document));
        var spec = TaskSpec.Read(document);
        return new WantedTask(
            document.Name,
            spec.ToMessage(
                spec.Name ?? throw DomainError.Invalid("name", "is required: it says whether the task exists already").ToException()
            )
        );
    }

    /// <summary>The document's task, with the image credentials of another if it has none, see <see cref="Credentials"/>.</summary>
    public WantedTask WithCredentialsOf(OneOffTask current)
    {
        if (current.TaskDefinition is not { } from || Task.TaskDefinition is not { } to)
            return this;
        if (!Credentials.Stay(from.RootFs, from.ImageUsername, to.RootFs, to.ImageUsername))
            return this;
        var complete = Task.Clone();
        (complete.TaskDefinition.ImageUsername, complete.TaskDefinition.ImagePassword) = (from.ImageUsername, from.ImagePassword);
        return this with { Task = complete };
    }

    public override void Check(IServerCode server) => server.Check(Request);
}
