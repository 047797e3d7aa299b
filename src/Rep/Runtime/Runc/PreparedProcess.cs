using System.ComponentModel;
using System.Text;
using System.Text.Json.Nodes;
using Scheduler.Rep.Runtime.Disk;
using Scheduler.Rep.Runtime.Linux;

namespace Scheduler.Rep.Runtime.Runc;

/// <summary>A process as runc exec is asked for it: completed from the image, with its user and directory found in the container.</summary>
internal sealed record PreparedProcess(
    ProcessSpec Spec,
    ContainerUser User,
    string Directory,
    IReadOnlyList<string> Environment,
    JsonObject Config
)
{
    /// <exception cref="ProcessStartException">The user does not exist, or the directory cannot be made.</exception>
    public static PreparedProcess Of(
        ProcessTools machine,
        ContainerRecord record,
        ContainerPaths container,
        ProcessSpec spec,
        bool terminal
    )
    {
        spec = ImageCommand.Complete(spec, record.Image);
        var user = FindUser(spec.User.Length > 0 ? spec.User : record.Image.User, container);
        var directory = WorkingDirectory.Prepare(spec, record, container.RootFs, user);
        var environment = ProcessConfig.Environment(record.Image.Environment, record.Spec.Environment, spec.Environment, user);
        var config = ProcessConfig.Build(spec, user, directory, environment, machine.RightsOf(record.Spec), machine.Limits, terminal);
        return new PreparedProcess(spec, user, directory, environment, config);
    }

    /// <summary>runc's message about the failed start, in words for the owner of the process.</summary>
    public string Explain(string message) => StartFailures.InWords(message, Spec, Directory, User, Environment);

    public static ContainerUser FindUser(string wanted, ContainerPaths container) =>
        ContainerUser.Find(wanted, ReadInRoot(container, "/etc/passwd"), ReadInRoot(container, "/etc/group"));

    private static string ReadInRoot(ContainerPaths container, string path)
    {
        try
        {
            using var handle = Native.OpenInRoot(container.RootFs, path, out var facts);
            if (handle is null || !facts.IsRegular)
                return "";
            var content = new byte[Math.Min(facts.Size, 1 << 20)];
            var length = RandomAccess.Read(handle, content, 0);
            return Encoding.UTF8.GetString(content, 0, length);
        }
        catch (Win32Exception failure)
        {
            throw new ProcessStartException($"the container's {path} cannot be read: {failure.Message}", failure);
        }
    }
}
