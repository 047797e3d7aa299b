using Google.Protobuf;
using Scheduler.Client.Files;
using Scheduler.Client.Specs;
using Scheduler.Contracts.V1;
using Scheduler.Models;

namespace Scheduler.Client.Apply;

/// <summary>An LRP as a document describes it.</summary>
/// <param name="HasInstances">Whether the document says how many instances there are; otherwise an existing LRP keeps its number.</param>
internal sealed record WantedLrp(string Source, DesiredLRP Lrp, bool HasInstances) : WantedWork(Source)
{
    public override string Name => Lrp.ProcessGuid;

    public override string Kind => WorkSpec.LrpKind;

    public override string Title => Name;

    public override IMessage Message => Lrp;

    /// <exception cref="DomainException">The document describes no LRP, or breaks a rule.</exception>
    public static WantedLrp Read(SpecFile document)
    {
        if (WorkFiles.IsTask(document))
            throw DomainError
                .Invalid("name", "must be that of an LRP, and this is a task, which runs once: use scheduler task create -f")
                .ToException();
        if (LrpSpec.IsDiego(document))
        {
            var hasInstances = document.Root.Children.Keys.Any(key => key.ToString() == "instances");
            return new WantedLrp(document.Name, LrpSpec.ReadDiego(document), hasInstances);
        }

        var spec = LrpSpec.Read(document);
        return new WantedLrp(document.Name, spec.ToMessage(), spec.HasInstances);
    }

    public override void Check(IServerCode server) => server.Check(new DesireLRPRequest { DesiredLrp = Lrp });
}
