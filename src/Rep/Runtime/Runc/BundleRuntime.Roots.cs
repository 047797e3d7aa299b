using Scheduler.Rep.Runtime.Linux;

namespace Scheduler.Rep.Runtime.Runc;

public abstract partial class BundleRuntime : IContainerRoots
{
    ContainerRoot IContainerRoots.OpenRoot(string handle, string user) =>
        ContainerFiles.OpenRoot(Known(handle), Machine.Paths.Container(handle), user);
}
