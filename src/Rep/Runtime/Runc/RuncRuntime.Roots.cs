using System.ComponentModel;
using System.Globalization;
using Scheduler.Rep.Runtime.Linux;

namespace Scheduler.Rep.Runtime.Runc;

public sealed partial class RuncRuntime : IContainerRoots
{
    ContainerRoot IContainerRoots.OpenRoot(string handle, string user)
    {
        var record = Known(handle);
        var found = PreparedProcess.FindUser(user, Machine.Paths.Container(handle));
        var owner = new FileOwner(OnHost(found.Uid), OnHost(found.Gid), [.. found.Groups.Select(OnHost)], IsRoot: found.Uid == 0);

        // The first process's root shows the files as the container sees them, including its mounts.
        OpenDirectory? root = null;
        try
        {
            if (record.Init.IsAlive())
                root = OpenDirectory.Open(string.Create(CultureInfo.InvariantCulture, $"/proc/{record.Init.Pid}/root"));
        }
        catch (Win32Exception)
        {
            // It has just ended.
        }

        // Checked again, because another process could have got its number before the directory was open.
        if (root is not null && record.Init.IsAlive())
            return new ContainerRoot(root, owner, found.Home);
        root?.Dispose();
        throw new ContainerRuntimeException($"container {handle} does not run");

        uint OnHost(uint id) => record.Users?.OnHost(id) ?? id;
    }
}
